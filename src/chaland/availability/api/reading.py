"""Routes for product pages: what a channel can sell of some SKUs."""

from collections.abc import Sequence
from dataclasses import replace
from http import HTTPStatus
from typing import Annotated

import numpy as np
from django.db import connection
from django.http import HttpRequest, HttpResponse
from ninja import Query, Router
from pydantic import Field

from chaland.availability.answering import answer
from chaland.availability.api.quick import MOST_SKUS, SCOPE
from chaland.availability.api.views import (
    AvailabilityAnswer,
    AvailabilityList,
    LocationAvailability,
)
from chaland.availability.asking import Question
from chaland.availability.channel_stock import ChannelStock, channel_stock
from chaland.availability.computing import Units
from chaland.availability.shelves import shown
from chaland.availability.types import SaleMethod
from chaland.availability.types.showing import Display, StockLine
from chaland.kernel.actor import Actor
from chaland.kernel.clock import now
from chaland.network.types import Capability
from chaland.web.authorisation import requires
from chaland.web.context import actor_of
from chaland.web.idempotency import idempotent
from chaland.web.json import dumps
from chaland.web.schemas import Body, Code, example

router = Router()

Skus = Annotated[list[Code], Query(min_length=1, max_length=MOST_SKUS)]
Filter = Annotated[str, Query(max_length=64)]


class AvailabilityQuestion(Body):
    """The SKUs of a product page, where they make an address too long."""

    model_config = example({"channel": "web", "skus": ["LAMP"]})

    channel: Code
    skus: Annotated[list[Code], Field(min_length=1, max_length=MOST_SKUS)]
    locations: bool = False


@router.get("/stock/availability", response={200: AvailabilityList, 304: None})
@requires(SCOPE)
def read_availability(
    request: HttpRequest,
    sku: Skus,
    channel: Filter = "",
    method: SaleMethod | None = None,
    *,
    locations: bool | None = None,
) -> HttpResponse:
    """Tell how many units of up to 200 SKUs can still be promised, by a channel or at all.

    With a `channel`: its pool, its rules; `exact` or in bands, as is set for the channel. The
    answer has an `ETag` and may be kept for `Cache-Control: max-age`; `Age` says how old it is.
    `locations` lists the locations too, as it does without a channel; with `method` those count
    that the channel may sell from that way. A kit is available as often as one location has all of
    its components.
    """
    actor = actor_of(request)
    plain = channel and not locations and method is None
    if plain and actor.organisations is None and actor.locations is None:
        ready = _from_memory(request, channel, sku)
        if ready is not None:
            return ready
    listed = not channel if locations is None else locations
    return _answered(_computed(sku, channel, actor, listed=listed, method=method))


@router.post("/stock/availability/query", response=AvailabilityList)
@requires(SCOPE)
@idempotent
def query_availability(request: HttpRequest, body: AvailabilityQuestion) -> AvailabilityList:
    """Ask as `GET /stock/availability` does, with the SKUs in the body."""
    return _computed(body.skus, body.channel, actor_of(request), listed=body.locations)


def _from_memory(request: HttpRequest, channel: str, codes: Sequence[str]) -> HttpResponse | None:
    """Answer as the quick route does; None when the channel or a SKU does not exist."""
    # What an open transaction has written is for its own eyes.
    view = ChannelStock() if connection.in_atomic_block else channel_stock()
    shelf = view.refresh(channel, codes)
    if shelf is None:
        return None
    found = answer(view, shelf, codes, request.headers.get("If-None-Match"))
    if found is None:
        return None
    response = HttpResponse(found.content, status=found.status, content_type="application/json")
    for name, text in found.headers.items():
        response.headers[name] = text
    if found.status == HTTPStatus.NOT_MODIFIED:
        del response.headers["Content-Type"]
    return response


def _computed(
    codes: Sequence[str],
    channel: str,
    actor: Actor,
    *,
    listed: bool,
    method: SaleMethod | None = None,
) -> AvailabilityList:
    moment = now()
    question = Question.of(codes, now=moment, actor=actor)
    if channel:
        question.channel(channel)
        display = question.display(channel)
        lines, units = question.lines(channel), question.units(channel, method)
        if method is not None:
            lines = [replace(line, available=getattr(line, method)) for line in lines]
    else:
        display, units = Display(), question.units_for_nobody()
        lines = _lines_for_nobody(question, units)
    return AvailabilityList(
        channel=channel or None,
        as_of=moment,
        items=[
            AvailabilityAnswer.of(
                line, display, _places(question, row, display) if listed else None
            )
            for line, row in zip(lines, units, strict=True)
        ],
    )


def _lines_for_nobody(question: Question, units: Units) -> list[StockLine]:
    can = question.basis.network.can
    return [
        StockLine(
            item.code,
            item.category,
            int(row.sum()),
            int(row[can[Capability.SHIP]].sum()),
            int(row[can[Capability.PICKUP]].sum()),
        )
        for item, row in zip(question.facts, units, strict=True)
    ]


def _places(question: Question, row: Units, display: Display) -> list[LocationAvailability]:
    found = []
    for index in np.flatnonzero(row):
        units, band = shown(display, int(row[index]))
        code = question.basis.network.locations[index].code
        found.append(LocationAvailability(location=code, available=units, band=band))
    return found


def _answered(found: AvailabilityList) -> HttpResponse:
    content = dumps(found.model_dump(exclude_defaults=True))
    return HttpResponse(content, content_type="application/json")
