"""Networks and rules in the making, for tests that need no database."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from hypothesis import strategies as st

from chaland.availability.types import METHODS, RuleKind, RuleScope, StockRule
from chaland.availability.withholding import Fences, Withholding
from chaland.catalog.types import SkuProfile
from chaland.network.types import LocationKind, NetworkSnapshot
from tests.sourcing.worlds import Channel, Site, network_of

NOW = datetime(2026, 11, 25, 9, tzinfo=UTC)
CHANNELS = ("web", "app", "market")
SITES = ("W", "A", "B", "C")
GROUPS = {"north": ("A", "B"), "pilot": ("C",)}
PROFILES = {
    1: SkuProfile("LEGO", "Toys/Bricks", frozenset({"christmas"})),
    2: SkuProfile("BALL", "Toys", frozenset()),
    3: SkuProfile("LAMP", "Lighting", frozenset({"christmas", "fragile"})),
    4: SkuProfile("TOYSHELF", "Toyshelves", frozenset()),
}
SKU_IDS = tuple(PROFILES)


def network(**pools: tuple[str, ...]) -> NetworkSnapshot:
    """A network of one warehouse and three shops, three channels and two groups."""
    channels = [Channel(code=code, pool=pools.get(code, ())) for code in CHANNELS]
    groups = [Channel(code=code, pool=places) for code, places in GROUPS.items()]
    sites = [
        Site(code=code, kind=LocationKind.WAREHOUSE if code == "W" else LocationKind.STORE)
        for code in SITES
    ]
    return network_of(sites, [*channels, *groups])


def rule(kind: RuleKind | str, code: str = "r", /, **values: Any) -> StockRule:
    """A rule of a kind; what belongs to the scope is sorted out of *values*."""
    names = set(RuleScope.__dataclass_fields__)
    scope = RuleScope(**{name: tuple(values.pop(name)) for name in names & values.keys()})
    return StockRule(code=code, name=code.title(), kind=RuleKind(kind), scope=scope, **values)


def withholding(
    rules: Iterable[StockRule], of: NetworkSnapshot, fences: Fences | None = None
) -> Withholding:
    """The rules, compiled; *fences* are given for all of SKU_IDS in order."""

    def held(sku_ids: Sequence[int], channels: Iterable[str]) -> Fences:
        rows = [SKU_IDS.index(sku_id) for sku_id in sku_ids]
        return {code: (fences or {})[code][rows] for code in channels if code in (fences or {})}

    def profiles(sku_ids: Sequence[int]) -> Mapping[int, SkuProfile]:
        return {sku_id: PROFILES[sku_id] for sku_id in sku_ids if sku_id in PROFILES}

    return Withholding(of, list(rules), now=NOW, profiles=profiles, fences=held)


def some(values: Sequence[str]) -> st.SearchStrategy[tuple[str, ...]]:
    """Some of *values*, often none."""
    return st.lists(st.sampled_from(values), unique=True, max_size=2).map(tuple)


@st.composite
def scopes(draw: st.DrawFn, *, fence: bool = False) -> RuleScope:
    """Any scope on the network above."""
    return RuleScope(
        channels=(draw(st.sampled_from(CHANNELS)),) if fence else draw(some(CHANNELS)),
        methods=() if fence else draw(some(METHODS)),  # type: ignore[arg-type]
        location_groups=draw(some(tuple(GROUPS))),
        locations=draw(some(SITES)),
        categories=draw(some(("Toys", "Toys/Bricks", "Lighting"))),
        tags=draw(some(("christmas", "fragile"))),
        skus=draw(some(("LEGO", "BALL"))),
    )


@st.composite
def rule_sets(draw: st.DrawFn) -> list[StockRule]:
    """Up to six rules of any kind, each with a code of its own."""
    made = []
    for number in range(draw(st.integers(0, 6))):
        kind = draw(st.sampled_from(RuleKind))
        values: dict[str, Any] = {}
        if kind in (RuleKind.SAFETY_STOCK, RuleKind.THRESHOLD, RuleKind.RING_FENCE):
            values["units"] = draw(st.integers(1, 12))
        if kind is RuleKind.PERCENTAGE:
            values["percent"] = draw(st.integers(1, 100))
        if kind is RuleKind.SWITCH:
            values["on"] = draw(st.booleans())
        made.append(
            StockRule(
                code=f"r{number}",
                name=f"Rule {number}",
                kind=kind,
                scope=draw(scopes(fence=kind is RuleKind.RING_FENCE)),
                priority=draw(st.integers(1, 3)),
                **values,
            )
        )
    return made
