"""Who carries Tilvert's parcels, how fast and for how much."""

from datetime import time
from decimal import Decimal

from chaland.demo.tables import read_table
from chaland.promise.types import (
    CarrierServiceDraft,
    PriceBand,
    PriceRow,
    ServiceKind,
    TransitBand,
)

_FAR_KM = 450
_FAR_SURCHARGE = Decimal("1.12")
_CENT = Decimal("0.01")


def carrier_services() -> list[CarrierServiceDraft]:
    """Return the services of the demo; distances are great circles, prices in euros."""
    return [_service(row) for row in read_table("carriers")]


def _service(row: dict[str, str]) -> CarrierServiceDraft:
    return CarrierServiceDraft(
        code=row["code"],
        name=row["name"],
        carrier_code=row["carrier"].lower().replace(" ", "-").replace("è", "e"),
        carrier_name=row["carrier"],
        kind=ServiceKind(row["kind"]),
        collection_weekdays=tuple(map(int, row["weekdays"])),
        last_collection=time.fromisoformat(row["last_collection"]),
        delivery_weekdays=tuple(map(int, row["delivery_weekdays"])),
        transit_bands=tuple(_transit(band) for band in row["bands"].split("|")),
        tariff=tuple(_price(step, row["bands"]) for step in row["tariff"].split("|")),
        countries=("FR",),
        co2_grams_per_kg_km=Decimal(row["co2_grams_per_kg_km"]),
        stated_confidence=Decimal("0.97") if row["kind"] == "express" else Decimal("0.94"),
    )


def _transit(band: str) -> TransitBand:
    up_to_km, days = map(int, band.split(":"))
    return TransitBand(
        up_to_km=up_to_km, earliest_days=max(days - 1, min(days, 1)), latest_days=days
    )


def _price(step: str, bands: str) -> PriceRow:
    """Return the prices of one weight; beyond 450 km, if the service goes there, it is dearer."""
    weight, euros = step.split(":")
    farthest = max(int(band.split(":")[0]) for band in bands.split("|"))
    near = PriceBand(up_to_km=min(_FAR_KM, farthest), price=Decimal(euros))
    far = PriceBand(up_to_km=farthest, price=(Decimal(euros) * _FAR_SURCHARGE).quantize(_CENT))
    return PriceRow(
        max_weight_grams=int(weight), bands=(near, far) if farthest > _FAR_KM else (near,)
    )
