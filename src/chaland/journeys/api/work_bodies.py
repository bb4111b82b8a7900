"""What a client says about the work of a site."""

from typing import Annotated

from pydantic import Field

from chaland.fulfilment.types import RefusalReason
from chaland.web.schemas import HIGHEST_QUANTITY, Body, Moment, Quantity, example

MOST_LINES = 500
MOST_PARCELS = 100
HEAVIEST_GRAMS = 10_000_000
Id = Annotated[str, Field(max_length=64)]
Note = Annotated[str, Field(max_length=500)]


class UnitsBody(Body):
    """Units of a fulfilment line, by its public id."""

    line: Id
    quantity: Quantity


class PickedBody(Body):
    """How many units of a line were found; 0 when none was."""

    line: Id
    picked: Annotated[int, Field(strict=True, ge=0, le=HIGHEST_QUANTITY)]


class PickBody(Body):
    """What was picked; a line not named was picked whole. Missing units are refused."""

    model_config = example(
        {"lines": [{"line": "fln_01m810rreqe01vtqvstyscdexa", "picked": 1}], "reason": "not_found"}
    )

    lines: Annotated[list[PickedBody], Field(max_length=MOST_LINES)] = []
    reason: RefusalReason = RefusalReason.NOT_FOUND


class ParcelBody(Body):
    """A closed parcel; lines may be left out when it is the only one."""

    weight_grams: Annotated[int, Field(strict=True, ge=1, le=HEAVIEST_GRAMS)] | None = None
    lines: Annotated[list[UnitsBody], Field(max_length=MOST_LINES)] = []


class PackBody(Body):
    """The parcels, one if not said otherwise."""

    model_config = example({"parcels": [{"weight_grams": 1200}]})

    parcels: Annotated[list[ParcelBody], Field(min_length=1, max_length=MOST_PARCELS)] = [
        ParcelBody()
    ]


class TrackedParcelBody(Body):
    """The carrier's number of a parcel; the parcel may be left out when there is only one."""

    parcel: Id | None = None
    tracking_number: Annotated[str, Field(min_length=1, max_length=100)]


Name = Annotated[str, Field(min_length=1, max_length=64)]


class ScannedBody(Body):
    """Units of a line that were scanned as they left: of one lot, or a serial each.

    Without a `quantity` as many as there are serials, or all of the line.
    """

    line: Id
    quantity: Quantity | None = None
    lot: Name | None = None
    serials: Annotated[list[Name], Field(max_length=MOST_LINES)] = []


class HandOverBody(Body):
    """What the carrier took: its numbers, its service if another than planned.

    Of products that are followed, `scanned` tells the lots and serials that left; without it, the
    lots that expire first did.
    """

    model_config = example({"parcels": [{"tracking_number": "6A12345678901"}]})

    parcels: Annotated[list[TrackedParcelBody], Field(max_length=MOST_PARCELS)] = []
    service: Annotated[str, Field(min_length=1, max_length=64)] | None = None
    expected_at: Moment | None = None
    scanned: Annotated[list[ScannedBody], Field(max_length=MOST_LINES)] = []


class DeliverBody(Body):
    """Which parcels arrived (all if not said) and when (now if not said)."""

    model_config = example({"delivered_at": "2026-11-22T14:05:00+01:00"})

    parcels: Annotated[list[Id], Field(min_length=1, max_length=MOST_PARCELS)] | None = None
    delivered_at: Moment | None = None


class CollectBody(Body):
    """The code that the customer says, and the lots and serials that were scanned."""

    model_config = example({"pickup_code": "K7M2QX"})

    pickup_code: Annotated[str, Field(min_length=1, max_length=20)]
    scanned: Annotated[list[ScannedBody], Field(max_length=MOST_LINES)] = []


class RefuseBody(Body):
    """Why the site gives units back; without lines, all that it has to give."""

    model_config = example({"reason": "damaged", "note": "The last one has a crack."})

    reason: RefusalReason
    note: Note = ""
    lines: Annotated[list[UnitsBody], Field(min_length=1, max_length=MOST_LINES)] | None = None


class CancelBody(Body):
    """Why the work is taken from the site."""

    model_config = example({"reason": "The shop is flooded."})

    reason: Annotated[str, Field(min_length=1, max_length=500)]
