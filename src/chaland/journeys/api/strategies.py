"""Routes that try a strategy before it is in force."""

from typing import Annotated, Any, Self

from django.http import HttpRequest
from ninja import Router
from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from chaland.journeys.place_orders.body import OrderBody
from chaland.journeys.try_strategy import check_strategy, try_on_order
from chaland.kernel.clock import now
from chaland.sourcing import queries
from chaland.sourcing.api import FindingView, StrategyBody
from chaland.sourcing.types import Decision, Policy, StrategyVersion
from chaland.web.authorisation import require_unlimited, requires
from chaland.web.context import actor_of
from chaland.web.idempotency import idempotent
from chaland.web.schemas import Body, Code, View, example

router = Router(tags=["Sourcing"])


class TrialBody(Body):
    """What is tried on which order: a kept version, or a document that is kept nowhere.

    Without `version`, the draft of the strategy is tried, or else the version in force. The order
    is one that is known (`order_id`), or a body as it would be sent.
    """

    model_config = example(
        {
            "strategy": "default",
            "order": OrderBody.model_config["json_schema_extra"]["examples"][0],  # type: ignore[index]
        }
    )

    strategy: Code | None = None
    version: Annotated[int, Field(strict=True, ge=1, le=1_000_000)] | None = None
    document: StrategyBody | None = None
    order_id: Annotated[str, Field(min_length=1, max_length=40)] | None = None
    order: OrderBody | None = None

    @model_validator(mode="after")
    def _one_of_each(self) -> Self:
        if (self.strategy is None) == (self.document is None):
            raise PydanticCustomError("one_of_two", "needs a strategy or a document, and not both")
        if (self.order_id is None) == (self.order is None):
            raise PydanticCustomError("one_of_two", "needs order_id or order, and not both")
        return self


class CircleView(View):
    """A circle that is looked in, and how many sites are in it; null: every site."""

    name: str
    sites: int | None
    services: list[str] | None


class OutcomeView(View):
    """What a strategy says of an order, and what would be decided.

    `rule` names the rules that held, joined by `+`. `explanation` is as in an order's decisions.
    """

    strategy: str
    version: int
    rule: str
    circles: list[CircleView]
    most_parcels: int | None
    nothing_fits: str
    outcome: str
    explanation: dict[str, Any]

    @classmethod
    def of(cls, policy: Policy, decision: Decision) -> "OutcomeView":
        """Show a policy and what came of it."""
        return cls(
            strategy=policy.strategy,
            version=policy.version,
            rule=policy.rule,
            circles=[
                CircleView(
                    name=step.name,
                    sites=None if step.sites is None else int(step.sites.sum()),
                    services=None if step.service_codes is None else list(step.service_codes),
                )
                for step in policy.steps
            ],
            most_parcels=policy.split.parcels,
            nothing_fits=policy.nothing_fits.value,
            outcome=decision.outcome.value,
            explanation=queries.explanation(decision),
        )


class TrialView(View):
    """The order as the tried strategy would decide it, and as it would be decided today."""

    tried: OutcomeView
    today: OutcomeView
    same: bool


class CheckView(View):
    """What is worth knowing of a strategy; `met` counts last month's orders by rule."""

    findings: list[FindingView]
    orders: int
    met: dict[str, int]


@router.post("/strategies/check", response=CheckView)
@requires("sourcing:read")
@idempotent
def check_strategy_document(request: HttpRequest, body: StrategyBody) -> CheckView:
    """Tell what is worth knowing of a strategy, and which of last month's orders each rule meets.

    Nothing is kept. For keys that see the whole group.
    """
    require_unlimited(actor_of(request))
    checked = check_strategy(body.document(), now=now())
    return CheckView(
        findings=[FindingView.of(item) for item in checked.findings],
        orders=checked.orders,
        met=dict(checked.met),
    )


@router.post("/strategies/try", response=TrialView)
@requires("sourcing:read")
@idempotent
def try_strategy(request: HttpRequest, body: TrialBody) -> TrialView:
    """Decide one order under a strategy that is tried, beside what would be decided today.

    Nothing is kept, reserved or used up. For keys that see the whole group.
    """
    require_unlimited(actor_of(request))
    order: str | OrderBody = body.order if body.order is not None else body.order_id or ""
    trial = try_on_order(_version(body), order, now=now(), actor=actor_of(request))
    return TrialView(
        tried=OutcomeView.of(trial.policy, trial.decision),
        today=OutcomeView.of(trial.present, trial.today),
        same=trial.same,
    )


def _version(body: TrialBody) -> StrategyVersion:
    if body.document is not None:
        return StrategyVersion(
            code="tried", version=0, state="draft", document=body.document.document()
        )
    return queries.version_to_try(body.strategy or "", body.version, now=now())
