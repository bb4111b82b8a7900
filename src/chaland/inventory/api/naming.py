"""The codes that clients send, and what they name."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from ninja import Query

from chaland.catalog.queries import sku_facts
from chaland.catalog.types import SkuFacts
from chaland.kernel.actor import Actor
from chaland.kernel.errors import FieldProblem
from chaland.kernel.ids import InvalidPublicIdError, from_public
from chaland.network.queries import snapshot, visible_location_ids
from chaland.network.types import LocationFacts, NetworkSnapshot
from chaland.web.pagination import unknown_filter

Filter = Annotated[str, Query(max_length=64)]
"""A code to filter by; empty filters nothing."""


@dataclass(frozen=True, slots=True)
class Names:
    """What the codes of one request name, for an actor who may not see everything."""

    skus: Mapping[str, SkuFacts]
    network: NetworkSnapshot
    visible: frozenset[int] | None
    organisations: Mapping[str, int]

    @classmethod
    def of(cls, actor: Actor, skus: Mapping[str, SkuFacts]) -> "Names":
        """Read the network that *actor* may see."""
        network, visible = snapshot(), visible_location_ids(actor)
        return cls(
            skus,
            network,
            None if visible is None else frozenset(visible),
            {item.code: item.id for item in network.organisations},
        )

    def sku_problem(self, code: str) -> FieldProblem | None:
        """Return why nothing can be reported about the stock of a SKU; None when it can."""
        facts = self.skus.get(code)
        if facts is None:
            return FieldProblem("sku", "unknown_sku", "there is no such SKU", "create it first")
        if facts.components:
            return FieldProblem(
                "sku",
                "kit_has_no_stock",
                "a kit has no stock of its own",
                "report the stock of its components",
            )
        return None

    def location_problem(self, code: str, field: str = "location") -> FieldProblem | None:
        """Return why nothing can be reported about a location; None when it can."""
        place = self.network.location(code)
        if place is None or (self.visible is not None and place.id not in self.visible):
            return FieldProblem(
                field,
                "unknown_location",
                "there is no such location that you may change",
                "check the code and the organisation of your key",
            )
        return None

    def channel_problem(self, code: str | None) -> FieldProblem | None:
        """Return why a channel cannot be named; None when it can, or none is."""
        if code is None or code in self.network.channels:
            return None
        return FieldProblem(
            "channel", "unknown_channel", "there is no such channel", "check the code"
        )

    def location(self, code: str) -> LocationFacts:
        """Return the location called *code*, of which there was no problem."""
        return self.network.locations[self.network.by_code[code]]


def filtered_sku(code: str) -> SkuFacts:
    """Return the SKU that a filter names. Raises InvalidInputError."""
    facts = sku_facts([code]).get(code)
    if facts is None:
        raise unknown_filter("sku", code)
    return facts


def filtered_location(actor: Actor, name: str, code: str) -> int:
    """Return the id of the location that the filter *name* asks for. Raises InvalidInputError."""
    visible = visible_location_ids(actor)
    place = snapshot().location(code)
    if place is None or (visible is not None and place.id not in visible):
        raise unknown_filter(name, code)
    return place.id


def filtered_locations(actor: Actor, code: str) -> list[int] | None:
    """Return the ids to look at: the one asked for, or all that the actor may see (None: all).

    Raises InvalidInputError.
    """
    return [filtered_location(actor, "location", code)] if code else visible_location_ids(actor)


def supply_id(text: str) -> UUID | None:
    """Read the public id of a supply line; None for what is none."""
    try:
        return from_public("sup", text)
    except InvalidPublicIdError:
        return None
