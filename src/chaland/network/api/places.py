"""Routes of postal areas: where postal codes are."""

from collections.abc import Sequence
from typing import Annotated

from django.http import HttpRequest
from ninja import Router
from pydantic import Field, StringConstraints

from chaland.kernel.clock import now
from chaland.kernel.errors import NotFoundError
from chaland.kernel.outcomes import WriteOutcome
from chaland.network import operations, queries
from chaland.network.types import PostalAreaDraft
from chaland.web.authorisation import requires
from chaland.web.bulk import ItemsBody, write_items
from chaland.web.context import actor_of
from chaland.web.idempotency import idempotent
from chaland.web.schemas import Body, BulkAnswer, Country, Line, View, example

router = Router()

PostalCode = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9 -]{1,16}$")]


class PostalAreaItem(Body):
    """Where one postal code is, in degrees."""

    model_config = example(
        {
            "country": "FR",
            "postal_code": "75004",
            "name": "Paris",
            "latitude": 48.8546,
            "longitude": 2.3577,
        }
    )

    country: Country
    postal_code: PostalCode
    name: Line
    latitude: Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False)]
    longitude: Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)]

    def draft(self) -> PostalAreaDraft:
        """Return the draft of this postal area."""
        return PostalAreaDraft(
            country=self.country,
            postal_code=self.postal_code,
            name=self.name,
            latitude=self.latitude,
            longitude=self.longitude,
        )


class PostalAreaView(View):
    """Where a postal code is; `precision` says how well it is known.

    `postal_code`: that code; `region`: the middle of the known codes that begin alike;
    `department`: the seat of its département.
    """

    country: str
    postal_code: str
    name: str
    latitude: float
    longitude: float
    precision: str


@router.get("/postal-areas/{country}/{postal_code}", response=PostalAreaView)
@requires("network:read")
def get_postal_area(
    request: HttpRequest, country: Country, postal_code: PostalCode
) -> PostalAreaView:
    """Read where a postal code is, as promises and sourcing take it."""
    del request
    place = queries.resolve_place(country, postal_code)
    if place is None:
        raise NotFoundError("postal area", f"{country} {postal_code}")
    return PostalAreaView(
        country=country,
        postal_code=postal_code,
        name=place.name,
        latitude=place.latitude,
        longitude=place.longitude,
        precision=place.precision,
    )


@router.post("/postal-areas/bulk", response=BulkAnswer)
@requires("network:write")
@idempotent
def put_postal_areas_in_bulk(request: HttpRequest, body: ItemsBody[PostalAreaItem]) -> BulkAnswer:
    """Load where up to 500 postal codes are; they go before the built-in table of France."""

    def write(items: Sequence[PostalAreaItem]) -> list[WriteOutcome]:
        return operations.upsert_postal_areas(
            drafts=[item.draft() for item in items],
            now=now(),
            actor=actor_of(request),
            reason=body.reason,
        )

    return write_items(body, PostalAreaItem, write)
