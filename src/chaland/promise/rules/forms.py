"""A carrier's service as JSON-ready values, for tables, audit log and comparison."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from chaland.promise.types import CarrierServiceDraft, PriceBand, PriceRow, TransitBand

Form = dict[str, Any]


def service_form(service: CarrierServiceDraft) -> Form:
    """Return all that the retailer states about *service*; equal forms: nothing changed."""
    return {
        "code": service.code,
        "name": service.name,
        "carrier": {"code": service.carrier_code, "name": service.carrier_name},
        "kind": service.kind.value,
        "collection_weekdays": sorted(service.collection_weekdays),
        "last_collection": service.last_collection.isoformat("minutes"),
        "delivery_weekdays": sorted(service.delivery_weekdays),
        "delivers_on_holidays": service.delivers_on_holidays,
        "delivery_from": service.delivery_from.isoformat("minutes"),
        "delivery_until": service.delivery_until.isoformat("minutes"),
        "transit": transit_form(service.transit_bands),
        "tariff": tariff_form(service.tariff),
        "countries": sorted(service.countries),
        "co2_grams_per_kg_km": f"{service.co2_grams_per_kg_km:.4f}",
        "stated_confidence": f"{service.stated_confidence:.4f}",
        "active": service.active,
    }


def transit_form(bands: Sequence[TransitBand]) -> list[Form]:
    """Return transit bands as JSON."""
    return [
        {
            "up_to_km": band.up_to_km,
            "earliest_days": band.earliest_days,
            "latest_days": band.latest_days,
        }
        for band in bands
    ]


def tariff_form(rows: Sequence[PriceRow]) -> list[Form]:
    """Return a tariff as JSON, prices as text with two decimals."""
    return [
        {
            "max_weight_grams": row.max_weight_grams,
            "bands": [
                {"up_to_km": band.up_to_km, "price": f"{band.price:.2f}"} for band in row.bands
            ],
        }
        for row in rows
    ]


def transit_of(form: Sequence[Mapping[str, Any]]) -> tuple[TransitBand, ...]:
    """Read transit bands back."""
    return tuple(TransitBand(**band) for band in form)


def tariff_of(form: Sequence[Mapping[str, Any]]) -> tuple[PriceRow, ...]:
    """Read a tariff back."""
    return tuple(
        PriceRow(
            max_weight_grams=row["max_weight_grams"],
            bands=tuple(
                PriceBand(up_to_km=band["up_to_km"], price=Decimal(band["price"]))
                for band in row["bands"]
            ),
        )
        for row in form
    )
