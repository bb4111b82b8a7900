"""Routes of the settings about counting."""

from decimal import Decimal
from typing import Annotated

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from ninja import Router, Status
from pydantic import Field

from chaland.accuracy import operations, queries
from chaland.accuracy.operations.policies import lock_policies
from chaland.accuracy.types import PolicyDraft, PolicyView
from chaland.kernel.clock import now
from chaland.kernel.errors import NotFoundError
from chaland.network.types import LocationKind
from chaland.web.authorisation import requires
from chaland.web.context import actor_of
from chaland.web.etags import check_if_match, set_etag
from chaland.web.pagination import (
    DEFAULT_LIMIT,
    Cursor,
    Limit,
    Page,
    after_code,
    page_by_code,
)
from chaland.web.schemas import Amount, Body, Code, View, example

router = Router()

Percent = Annotated[str, Field(pattern=r"^(100(\.0{1,2})?|[0-9]{1,2}(\.[0-9]{1,2})?)$")]
Chance = Annotated[float, Field(gt=0, lt=1)]


class CountPolicyBody(Body):
    """A setting for some positions; what is left out is any, or not set.

    A difference is believed at once when it is at most `tolerance_units`, or at most
    `tolerance_percent` of what was expected, and costs at most `tolerance_value` (group's
    currency). `prior_pickable` is the chance to find a unit on a shelf of which nothing is known
    yet. Of several policies the most specific one counts: location, then category, then kind.
    """

    model_config = example({"category": "Lighting", "tolerance_units": 2, "tolerance_percent": "5"})

    location: Code | None = None
    category: Annotated[str, Field(max_length=200)] = ""
    location_kind: LocationKind | None = None
    tolerance_units: Annotated[int, Field(strict=True, ge=0, le=1_000_000)] | None = None
    tolerance_percent: Percent | None = None
    tolerance_value: Annotated[Amount, Field(pattern=r"^[0-9]")] | None = None
    prior_pickable: Chance | None = None

    def draft(self, code: str) -> PolicyDraft:
        """Return the draft of the policy called *code*."""
        return PolicyDraft(
            code=code,
            location=self.location or "",
            category=self.category,
            location_kind=self.location_kind,
            tolerance_units=self.tolerance_units,
            tolerance_percent=_decimal(self.tolerance_percent),
            tolerance_value=_decimal(self.tolerance_value),
            prior_pickable=self.prior_pickable,
        )


class CountPolicyView(View):
    """A setting as it stands; null is any, or not set."""

    code: str
    location: str | None
    category: str
    location_kind: LocationKind | None
    tolerance_units: int | None
    tolerance_percent: str | None
    tolerance_value: str | None
    prior_pickable: float | None
    version: int

    @classmethod
    def of(cls, policy: PolicyView) -> "CountPolicyView":
        """Show a setting."""
        shown = {
            "location": policy.location or None,
            "tolerance_percent": _text(policy.tolerance_percent),
            "tolerance_value": _text(policy.tolerance_value),
        }
        plain = {name: getattr(policy, name) for name in cls.model_fields if name not in shown}
        return cls(**plain, **shown)


@router.get("/stock/count-policies", response=Page[CountPolicyView])
@requires("stock:read")
def list_count_policies(
    request: HttpRequest, cursor: Cursor = "", limit: Limit = DEFAULT_LIMIT
) -> Page[CountPolicyView]:
    """List the settings about counting, by code."""
    after = after_code(cursor)
    found = queries.policies(after=after, limit=limit + 1)
    return page_by_code(request, found, limit, CountPolicyView.of)


@router.get("/stock/count-policies/{code}", response=CountPolicyView)
@requires("stock:read")
def get_count_policy(request: HttpRequest, code: Code, response: HttpResponse) -> CountPolicyView:
    """Read one setting."""
    del request
    return _shown(code, response)


@router.put("/stock/count-policies/{code}", response={200: CountPolicyView, 201: CountPolicyView})
@requires("stock:admin")
def put_count_policy(
    request: HttpRequest, code: Code, body: CountPolicyBody, response: HttpResponse
) -> Status[CountPolicyView]:
    """Make a setting, or replace its values."""
    with transaction.atomic():
        lock_policies()
        check_if_match(request, _version(code))
        [outcome] = operations.put_policies(
            drafts=[body.draft(code)], now=now(), actor=actor_of(request)
        )
        if outcome.problem is not None:
            raise outcome.problem
    return Status(201 if outcome.status == "created" else 200, _shown(code, response))


@router.delete("/stock/count-policies/{code}", response={204: None})
@requires("stock:admin")
def delete_count_policy(request: HttpRequest, code: Code) -> Status[None]:
    """Take a setting away: what is less specific holds again."""
    with transaction.atomic():
        lock_policies()
        if not _version(code):
            raise NotFoundError("count policy", code)
        check_if_match(request, _version(code))
        operations.remove_policy(code=code, now=now(), actor=actor_of(request))
    return Status(204, None)


def _known() -> dict[str, PolicyView]:
    return {item.code: item for item in queries.policies()}


def _version(code: str) -> int:
    known = _known().get(code)
    return 0 if known is None else known.version


def _shown(code: str, response: HttpResponse) -> CountPolicyView:
    known = _known().get(code)
    if known is None:
        raise NotFoundError("count policy", code)
    set_etag(response, known.version)
    return CountPolicyView.of(known)


def _decimal(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def _text(value: Decimal | None) -> str | None:
    return None if value is None else str(value)
