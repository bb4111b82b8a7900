"""What is charged beside a service's prices, as the API takes it."""

from datetime import date
from decimal import Decimal
from typing import Annotated

from pydantic import Field, StringConstraints

from chaland.promise.types import Area, Box, Charges, RemoteSurcharge, SeasonSurcharge
from chaland.web.schemas import Amount, Body

AreaText = Annotated[
    str,
    StringConstraints(pattern=r"^([A-Z]{2}(-[0-9A-Z]{1,10})?|\*)$"),
    Field(description="A country, the beginning of its postal codes (FR-20), or * for all others"),
]


class RemoteBody(Body):
    """What each parcel to some areas costs more."""

    areas: Annotated[list[AreaText], Field(min_length=1, max_length=500)]
    amount: Amount


class SeasonBody(Body):
    """What each parcel costs more that leaves from the first to the last day."""

    first: date
    last: date
    amount: Amount


class BoxBody(Body):
    """A size of parcel: what it holds, what the empty box costs and weighs."""

    volume_cm3: Annotated[int, Field(strict=True, ge=1, le=100_000_000)]
    cost: Amount = "0"
    tare_grams: Annotated[int, Field(strict=True, ge=0, le=2_000_000)] = 0


class ChargesBody(Body):
    """What a parcel costs beside its price in the table, and what counts as its weight.

    A parcel counts as its weight, or its volume divided by `volumetric_divisor` (cm³ per kilogram),
    whichever is more. `fuel_percent` is added to the table's price. `oversize` is for loads with
    something longer than `oversize_mm`; `saturday` for what is promised for a Saturday. `boxes`
    come smallest first; without any, packaging costs and weighs nothing.
    """

    volumetric_divisor: Annotated[int, Field(strict=True, ge=100, le=100_000)] | None = None
    fuel_percent: Annotated[Decimal, Field(ge=0, le=500, max_digits=5, decimal_places=2)] = Decimal(
        0
    )
    per_parcel: Amount = "0"
    oversize_mm: Annotated[int, Field(strict=True, ge=1, le=100_000)] | None = None
    oversize: Amount = "0"
    saturday: Amount = "0"
    remote: Annotated[list[RemoteBody], Field(max_length=50)] = []
    seasons: Annotated[list[SeasonBody], Field(max_length=50)] = []
    boxes: Annotated[list[BoxBody], Field(max_length=50)] = []
    co2_grams_per_parcel: Annotated[int, Field(strict=True, ge=0, le=100_000)] = 0

    def charges(self) -> Charges:
        """Return what is asked for."""
        return Charges(
            volumetric_divisor=self.volumetric_divisor,
            fuel_percent=self.fuel_percent,
            per_parcel=Decimal(self.per_parcel),
            oversize_mm=self.oversize_mm,
            oversize=Decimal(self.oversize),
            saturday=Decimal(self.saturday),
            remote=tuple(
                RemoteSurcharge(areas=areas_from(item.areas), amount=Decimal(item.amount))
                for item in self.remote
            ),
            seasons=tuple(
                SeasonSurcharge(first=item.first, last=item.last, amount=Decimal(item.amount))
                for item in self.seasons
            ),
            boxes=tuple(
                Box(volume_cm3=box.volume_cm3, cost=Decimal(box.cost), tare_grams=box.tare_grams)
                for box in self.boxes
            ),
            co2_grams_per_parcel=self.co2_grams_per_parcel,
        )


def areas_from(texts: list[str]) -> tuple[Area, ...]:
    """Return the areas that are named."""
    return tuple(Area(*text.split("-", 1)) for text in texts)
