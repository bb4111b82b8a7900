"""Stock rules as they are sent and answered."""

from datetime import datetime
from typing import Annotated

from pydantic import Field, StringConstraints

from chaland.availability.rules.checks import (
    HIGHEST_PERCENT,
    HIGHEST_PRIORITY,
    HIGHEST_UNITS,
    MOST_NAMED,
)
from chaland.availability.types import (
    RuleKind,
    RuleNote,
    RuleScope,
    SaleMethod,
    StockRule,
    StoredRule,
)
from chaland.web.schemas import Body, Code, Line, Moment, View, example

Text = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Codes = Annotated[list[Code], Field(max_length=MOST_NAMED)]
Texts = Annotated[list[Text], Field(max_length=MOST_NAMED)]

_CHRISTMAS = {
    "name": "Christmas toys",
    "kind": "safety_stock",
    "units": 3,
    "scope": {"channels": ["web"], "tags": ["toys"]},
    "starts_at": "2026-11-20T00:00:00+01:00",
    "ends_at": "2026-12-27T00:00:00+01:00",
}


class ScopeBody(Body):
    """Where a rule holds. A field that is left out or empty leaves nothing out.

    A rule holds at locations that are named or in a named group, for SKUs that fit each of
    `categories` (sub-categories `Toys/Puzzles` and `Toys > Puzzles` included), `tags` and `skus`.
    """

    channels: Codes = []
    methods: list[SaleMethod] = []
    location_groups: Codes = []
    locations: Codes = []
    categories: Texts = []
    tags: Texts = []
    skus: Codes = []

    def scope(self) -> RuleScope:
        """Return the scope."""
        return RuleScope(**{name: tuple(value) for name, value in self})


class StockRuleBody(Body):
    """What keeps stock back from channels.

    `units` belongs to `safety_stock`, `threshold` and `ring_fence`; `percent` to `percentage`, or
    to `ring_fence` in place of units; `on` to `switch`; `opens_at` to `activation` (left out: not
    yet). Of each kind the first rule that holds decides: the lowest `priority`, then the more
    specific scope, then the code.
    """

    model_config = example(_CHRISTMAS)

    name: Line
    kind: RuleKind
    units: Annotated[int, Field(ge=1, le=HIGHEST_UNITS)] | None = None
    percent: Annotated[int, Field(ge=1, le=HIGHEST_PERCENT)] | None = None
    on: bool | None = None
    opens_at: Moment | None = None
    scope: ScopeBody = ScopeBody()
    priority: Annotated[int, Field(ge=0, le=HIGHEST_PRIORITY)] = 100
    active: bool = True
    starts_at: Moment | None = None
    ends_at: Moment | None = None

    def rule(self, code: str) -> StockRule:
        """Return the rule called *code*."""
        values = {name: value for name, value in self if name not in ("scope", "code")}
        return StockRule(code=code, scope=self.scope.scope(), **values)


class StockRuleItem(StockRuleBody):
    """A stock rule of a bulk request, or a draft to be tried."""

    model_config = example({"code": "christmas-toys", **_CHRISTMAS})

    code: Code


class ExampleView(View):
    """Units of a SKU at a location that the channel may sell now, and could with the rule."""

    sku: str
    location: str
    before: int
    after: int


class EffectView(View):
    """What a rule would change for a channel.

    `hidden` units could be sold no more, `released` ones could again, of `skus` SKUs at `locations`
    locations. `examples` are the largest changes.
    """

    channel: str
    hidden: int
    released: int
    skus: int
    locations: int
    examples: list[ExampleView]


class ScopeView(View):
    """Where a rule holds; an empty field leaves nothing out."""

    channels: list[str]
    methods: list[SaleMethod]
    location_groups: list[str]
    locations: list[str]
    categories: list[str]
    tags: list[str]
    skus: list[str]


class NoteView(View):
    """Something to know about a rule that is no mistake.

    `matches_nothing`: no location or SKU is in its scope. `shadowed`: the rules in `by` decide
    wherever it would. `ended`: its time is over.
    """

    code: str
    message: str
    by: list[str]


class PreviewView(View):
    """What a rule would change on the present stock, seen from `as_of`; nothing was saved."""

    as_of: datetime
    effects: list[EffectView]
    notes: list[NoteView]


class StockRuleView(View):
    """A stock rule, and what its author should know of it."""

    code: str
    name: str
    kind: RuleKind
    units: int | None
    percent: int | None
    on: bool | None
    opens_at: datetime | None
    scope: ScopeView
    priority: int
    active: bool
    starts_at: datetime | None
    ends_at: datetime | None
    version: int
    updated_at: datetime
    notes: list[NoteView]

    @classmethod
    def of(cls, stored: StoredRule, notes: list[RuleNote]) -> "StockRuleView":
        """Show a rule."""
        rule = stored.rule
        plain = {
            name: getattr(rule, name)
            for name in cls.model_fields
            if name not in ("scope", "version", "updated_at", "notes")
        }
        return cls(
            **plain,
            scope=ScopeView.model_validate(rule.scope),
            version=stored.version,
            updated_at=stored.updated_at,
            notes=[NoteView.model_validate(note) for note in notes],
        )
