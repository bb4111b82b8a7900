"""What a SKU must agree with: whose bar code it is, what its components are, which kits hold it."""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from chaland.catalog.models import Gtin, KitComponent, Sku
from chaland.catalog.rules import gtins_14
from chaland.catalog.types import SkuDraft
from chaland.kernel.errors import FieldProblem


@dataclass(frozen=True, slots=True)
class Offer:
    """The drafts of one call that may still be written, by code, and the GTIN-14s they claim."""

    drafts: Mapping[str, SkuDraft]
    claims: AbstractSet[tuple[str, str]]
    first_claim: Mapping[str, str]

    @classmethod
    def of(cls, drafts: Sequence[SkuDraft]) -> "Offer":
        """Collect what *drafts* claim."""
        pairs = [(digits, draft.code) for draft in drafts for digits in gtins_14(draft)]
        return cls({draft.code: draft for draft in drafts}, set(pairs), dict(reversed(pairs)))


@dataclass(frozen=True, slots=True)
class Neighbours:
    """What is stored around the drafts of one call.

    ``owner_of_gtin`` maps a GTIN-14 to the code of its SKU, ``is_kit`` the code of a component to
    whether it is a kit, ``kits_holding`` a code to the kits that hold it.
    """

    owner_of_gtin: Mapping[str, str]
    is_kit: Mapping[str, bool]
    kits_holding: Mapping[str, Sequence[str]]

    def problems_of(self, draft: SkuDraft, offer: Offer) -> list[FieldProblem]:
        """Return where *draft* disagrees with what is stored or with the other drafts."""
        return [
            *self._gtin_problems(draft, offer),
            *self._component_problems(draft, offer),
            *self._kit_problems(draft, offer),
        ]

    def _gtin_problems(self, draft: SkuDraft, offer: Offer) -> list[FieldProblem]:
        return [
            FieldProblem(
                f"gtins[{place}]",
                "gtin_taken",
                f"{text} is a bar code of {holder!r}",
                f"Remove it there first, or send {holder!r} without it in the same call.",
            )
            for place, (digits, text) in enumerate(gtins_14(draft).items())
            if (holder := self._holder(digits, offer)) != draft.code
        ]

    def _holder(self, gtin: str, offer: Offer) -> str:
        """Return whose bar code it will be: its owner's while it keeps it, else the first's."""
        owner = self.owner_of_gtin.get(gtin)
        if owner is None or (owner in offer.drafts and (gtin, owner) not in offer.claims):
            return offer.first_claim[gtin]
        return owner

    def _component_problems(self, draft: SkuDraft, offer: Offer) -> list[FieldProblem]:
        found = []
        for place, item in enumerate(draft.components):
            other = offer.drafts.get(item.code)
            is_kit = self.is_kit.get(item.code) if other is None else bool(other.components)
            if is_kit is None:
                found.append(
                    FieldProblem(
                        f"components[{place}].sku",
                        "unknown_sku",
                        f"there is no SKU {item.code!r}",
                        "Create it first, or in the same call.",
                    )
                )
            elif is_kit:
                found.append(
                    FieldProblem(
                        f"components[{place}].sku",
                        "kit_in_kit",
                        f"{item.code!r} is a kit itself",
                        "Name its components instead.",
                    )
                )
        return found

    def _kit_problems(self, draft: SkuDraft, offer: Offer) -> list[FieldProblem]:
        """Refuse to make a kit of what stays a component of another kit."""
        if not draft.components:
            return []
        holding = [
            kit
            for kit in self.kits_holding.get(draft.code, ())
            if kit not in offer.drafts
            or any(item.code == draft.code for item in offer.drafts[kit].components)
        ]
        if not holding:
            return []
        return [
            FieldProblem(
                "components",
                "kit_in_kit",
                f"it is a component of {holding[0]!r}, so it cannot be a kit",
                "Take it out of that kit first.",
            )
        ]


def neighbours_of(drafts: Sequence[SkuDraft]) -> Neighbours:
    """Read what *drafts* must agree with; three queries."""
    gtins = [digits for draft in drafts for digits in gtins_14(draft)]
    codes = [draft.code for draft in drafts]
    parts = {item.code for draft in drafts for item in draft.components}
    kits_holding: dict[str, list[str]] = {}
    held = KitComponent.objects.filter(component__code__in=codes)
    for part, kit in held.values_list("component__code", "kit__code").order_by("kit__code"):
        kits_holding.setdefault(part, []).append(kit)
    return Neighbours(
        owner_of_gtin=dict(Gtin.objects.filter(gtin__in=gtins).values_list("gtin", "sku__code")),
        is_kit=dict(Sku.objects.filter(code__in=parts).values_list("code", "is_kit")),
        kits_holding=kits_holding,
    )
