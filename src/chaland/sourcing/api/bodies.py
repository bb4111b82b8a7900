"""A strategy as it is sent."""

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field

from chaland.network.types import LocationKind, OrganisationKind
from chaland.sourcing.queries import document_of
from chaland.sourcing.types import Method, NothingFits, StrategyDocument
from chaland.web.schemas import Body, ClockTime, Code, Country, Day, Line, example

MOST_NAMED = 500

Codes = Annotated[list[Code], Field(max_length=MOST_NAMED)]
Texts = Annotated[
    list[Annotated[str, Field(min_length=1, max_length=200)]], Field(max_length=MOST_NAMED)
]
Bound = Annotated[Decimal, Field(ge=0, le=100_000_000, max_digits=12, decimal_places=3)]
Weight = Annotated[Decimal, Field(ge=0, le=1000, max_digits=8, decimal_places=4)]
Weights = Annotated[
    dict[str, Weight],
    Field(
        max_length=20,
        description="By name, those that differ: freight, handling, delay_per_line_day,"
        " late_per_line_day, extra_parcel, distance_per_km, co2_per_kg, capacity, scarcity,"
        " unpickable_unit, ageing, owner",
    ),
]


class BetweenBody(Body):
    """Numbers from `least` (included) up to `below` (not included)."""

    least: Bound | None = None
    below: Bound | None = None


class ItemConditionBody(Body):
    """Which lines are meant, and whether `any` or `all` of an order's must be such."""

    quantifier: Literal["any", "all"] = "any"
    categories: Texts = []
    skus: Codes = []
    tags: Texts = []
    restrictions: Texts = []


class ConditionsBody(Body):
    """Which orders a rule is for: all that fit every field that is set.

    `services` are those that an order names itself. `value` is in the channel's currency, `weight`
    in kilograms. Weekdays (0 is Monday), hours and days are those of the decision, in the
    retailer's time zone; `hour_until` before `hour_from` goes over midnight.
    """

    channels: Codes = []
    methods: list[Method] = []
    services: Codes = []
    countries: list[Country] = []
    postal_prefixes: Annotated[
        list[Annotated[str, Field(min_length=1, max_length=16)]], Field(max_length=MOST_NAMED)
    ] = []
    tags: Texts = []
    without_tags: Texts = []
    value: BetweenBody | None = None
    weight: BetweenBody | None = None
    lines: BetweenBody | None = None
    units: BetweenBody | None = None
    items: ItemConditionBody | None = None
    weekdays: Annotated[
        list[Annotated[int, Field(strict=True, ge=0, le=6)]], Field(max_length=7)
    ] = []
    hour_from: ClockTime | None = None
    hour_until: ClockTime | None = None
    starts_on: Day | None = None
    ends_on: Day | None = None


class SitesBody(Body):
    """Which sites are meant: a site fits every field that is set.

    `locations` and `location_groups` count together. `pickable` is the chance, from 0 to 1, that a
    unit said to be there is found.
    """

    location_groups: Codes = []
    locations: Codes = []
    kinds: list[LocationKind] = []
    organisations: Codes = []
    organisation_kinds: list[OrganisationKind] = []
    countries: list[Country] = []
    within_km: Annotated[int, Field(strict=True, ge=1, le=20_000)] | None = None
    pickable: Annotated[Decimal, Field(gt=0, le=1, max_digits=4, decimal_places=3)] | None = None


class CircleBody(Body):
    """One set of sites to look in, and by which services; the next when this has no plan."""

    name: Annotated[str, Field(max_length=200)] = ""
    sites: SitesBody = SitesBody()
    services: Codes = []


class PreferenceBody(Body):
    """What a parcel from these sites counts more, or less below 0, in the group's currency."""

    sites: SitesBody
    amount: Annotated[Decimal, Field(ge=-1000, le=1000, max_digits=8, decimal_places=4)]


class FairnessBody(Body):
    """Sharing the work of the last `days` days: `targets` are percentages by organisation.

    A parcel of an owner who had twice its target counts `amount` more, one of an owner who had
    none as much less. Without targets the owners of their own stock share evenly.
    """

    amount: Annotated[Decimal, Field(gt=0, le=1000, max_digits=8, decimal_places=4)]
    days: Annotated[int, Field(strict=True, ge=1, le=90)] = 7
    targets: Annotated[
        dict[Code, Annotated[Decimal, Field(gt=0, le=100, max_digits=5, decimal_places=2)]],
        Field(max_length=MOST_NAMED),
    ] = {}


class SplitBody(Body):
    """Into how much an order may be divided: no limit of parcels when it is left out."""

    parcels: Annotated[int, Field(strict=True, ge=1, le=50)] | None = None
    divide_lines: bool = True


class RuleBody(Body):
    """What holds for orders that fit `when`; with `go_on` it restricts what a later one decides."""

    code: Code
    name: Line
    on: bool = True
    when: ConditionsBody = ConditionsBody()
    circles: Annotated[list[CircleBody], Field(max_length=10)] = []
    preferences: Annotated[list[PreferenceBody], Field(max_length=20)] = []
    fairness: FairnessBody | None = None
    split: SplitBody | None = None
    weights: Weights = {}
    nothing_fits: NothingFits | None = None
    go_on: bool = False


EXAMPLE = {
    "name": "Shops first around Paris",
    "rules": [
        {
            "code": "paris",
            "name": "Dear baskets to Paris",
            "when": {"value": {"least": "200"}, "postal_prefixes": ["75"]},
            "circles": [
                {
                    "name": "shops nearby",
                    "sites": {"location_groups": ["pilots"], "within_km": 50},
                },
                {"name": "warehouses", "sites": {"kinds": ["warehouse"]}},
            ],
            "split": {"parcels": 2},
            "nothing_fits": "ask",
        }
    ],
    "weights": {"extra_parcel": "1.00"},
}


class StrategyBody(Body):
    """A whole strategy. The first rule that fits an order decides, from top to bottom."""

    model_config = example(EXAMPLE)

    name: Line
    rules: Annotated[list[RuleBody], Field(max_length=100)] = []
    weights: Weights = {}
    preferences: Annotated[list[PreferenceBody], Field(max_length=20)] = []
    fairness: FairnessBody | None = None
    split: SplitBody = SplitBody()
    nothing_fits: NothingFits = NothingFits.REFUSE

    def document(self) -> StrategyDocument:
        """Return the strategy."""
        names = StrategyBody.model_fields
        return document_of(self.model_dump(include=set(names)))


class DraftBody(StrategyBody):
    """A strategy as it shall be, and why."""

    model_config = example({**EXAMPLE, "note": "Fewer parcels for dear baskets"})

    note: Annotated[str, Field(max_length=500)] = ""
