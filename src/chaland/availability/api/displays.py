"""Routes for how a channel shows its stock."""

from typing import Annotated

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from ninja import Router
from pydantic import Field

from chaland.availability.displays import display_of
from chaland.availability.models.showing import HIGHEST_MARK
from chaland.availability.operations import lock_displays, set_displays
from chaland.availability.types.showing import Display
from chaland.kernel.clock import now
from chaland.network.queries import channel
from chaland.web.authorisation import requires
from chaland.web.context import actor_of
from chaland.web.etags import check_if_match, set_etag
from chaland.web.schemas import Body, Code, View, example

router = Router()

Mark = Annotated[int, Field(ge=0, le=HIGHEST_MARK)]
Bound = Annotated[int, Field(ge=1, le=HIGHEST_MARK)]
Category = Annotated[str, Field(min_length=1, max_length=200)]


class StockDisplayBody(Body):
    """How a channel shows its stock: in units (`exact`), or in the `bands` they fall into.

    `bands` are the lowest units of each band: `[1, 3, 10]` makes `0`, `1-2`, `3-9` and `10+`.
    Stock of `low_at` units or fewer is `low`; `low_by_category` sets it for categories and what is
    below them. Clients may keep answers for `max_age_seconds`. What is out and
    expected within `horizon_days` is shown as `backorder`; 0: nothing is.
    """

    model_config = example({"exact": False, "bands": [1, 3, 10], "low_at": 2})

    exact: bool = True
    bands: Annotated[list[Bound], Field(min_length=1, max_length=20)] = list(Display().bands)
    low_at: Mark = Display().low_at
    low_by_category: Annotated[dict[Category, Mark], Field(max_length=500)] = {}
    max_age_seconds: Annotated[int, Field(ge=0, le=3600)] = Display().max_age_seconds
    horizon_days: Annotated[int, Field(ge=0, le=730)] = 0


class StockDisplayView(View):
    """How a channel shows its stock; version 0 is how it does until somebody sets it."""

    channel: str
    exact: bool
    bands: list[int]
    low_at: int
    low_by_category: dict[str, int]
    max_age_seconds: int
    horizon_days: int
    version: int

    @classmethod
    def of(cls, code: str, display: Display) -> "StockDisplayView":
        """Show how a channel shows its stock."""
        return cls(
            channel=code,
            exact=display.exact,
            bands=list(display.bands),
            low_at=display.low_at,
            low_by_category=dict(display.low_by_category),
            max_age_seconds=display.max_age_seconds,
            horizon_days=display.horizon_days,
            version=display.version,
        )


@router.get("/channels/{code}/stock-display", response=StockDisplayView)
@requires("network:read")
def get_stock_display(request: HttpRequest, code: Code, response: HttpResponse) -> StockDisplayView:
    """Read how a channel shows its stock."""
    del request
    found = display_of(channel(code).code)
    set_etag(response, found.version)
    return StockDisplayView.of(code, found)


@router.put("/channels/{code}/stock-display", response=StockDisplayView)
@requires("network:write")
def put_stock_display(
    request: HttpRequest, code: Code, body: StockDisplayBody, response: HttpResponse
) -> StockDisplayView:
    """Set how a channel shows its stock. `If-Match` guards against lost updates."""
    channel(code)
    wanted = Display(**{**body.model_dump(), "bands": tuple(body.bands)})
    with transaction.atomic():
        lock_displays()
        check_if_match(request, display_of(code).version)
        [outcome] = set_displays(displays={code: wanted}, now=now(), actor=actor_of(request))
        if outcome.problem is not None:
            raise outcome.problem
    found = display_of(code)
    set_etag(response, found.version)
    return StockDisplayView.of(code, found)
