"""A carrier's service as JSON-ready values, for tables, audit log and comparison."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from chaland.promise.types import (
    Area,
    Box,
    CarrierServiceDraft,
    Charges,
    DeliveryPriceRow,
    DeliveryPricesDraft,
    PriceBand,
    PriceRow,
    RateCardDraft,
    RateRow,
    RemoteSurcharge,
    SeasonSurcharge,
    TransitBand,
)

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
        "charges": charges_form(service.charges),
        "refused_restrictions": sorted(set(service.refused_restrictions)),
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


def charges_form(charges: Charges) -> Form:
    """Return what is charged beside the table's prices as JSON."""
    return {
        "volumetric_divisor": charges.volumetric_divisor,
        "fuel_percent": f"{charges.fuel_percent:.2f}",
        "per_parcel": f"{charges.per_parcel:.2f}",
        "oversize_mm": charges.oversize_mm,
        "oversize": f"{charges.oversize:.2f}",
        "saturday": f"{charges.saturday:.2f}",
        "remote": [
            {"areas": [str(area) for area in item.areas], "amount": f"{item.amount:.2f}"}
            for item in charges.remote
        ],
        "seasons": [
            {
                "first": item.first.isoformat(),
                "last": item.last.isoformat(),
                "amount": f"{item.amount:.2f}",
            }
            for item in charges.seasons
        ],
        "boxes": [
            {
                "volume_cm3": box.volume_cm3,
                "cost": f"{box.cost:.2f}",
                "tare_grams": box.tare_grams,
            }
            for box in charges.boxes
        ],
        "co2_grams_per_parcel": charges.co2_grams_per_parcel,
    }


def charges_of(form: Mapping[str, Any]) -> Charges:
    """Read charges back; what a form does not have is not charged."""
    return Charges(
        volumetric_divisor=form.get("volumetric_divisor"),
        fuel_percent=Decimal(form.get("fuel_percent", 0)),
        per_parcel=Decimal(form.get("per_parcel", 0)),
        oversize_mm=form.get("oversize_mm"),
        oversize=Decimal(form.get("oversize", 0)),
        saturday=Decimal(form.get("saturday", 0)),
        remote=tuple(
            RemoteSurcharge(areas=areas_of(item["areas"]), amount=Decimal(item["amount"]))
            for item in form.get("remote", ())
        ),
        seasons=tuple(
            SeasonSurcharge(
                first=date.fromisoformat(item["first"]),
                last=date.fromisoformat(item["last"]),
                amount=Decimal(item["amount"]),
            )
            for item in form.get("seasons", ())
        ),
        boxes=tuple(
            Box(
                volume_cm3=item["volume_cm3"],
                cost=Decimal(item["cost"]),
                tare_grams=item["tare_grams"],
            )
            for item in form.get("boxes", ())
        ),
        co2_grams_per_parcel=form.get("co2_grams_per_parcel", 0),
    )


def areas_of(texts: Sequence[str]) -> tuple[Area, ...]:
    """Read areas back that were written well."""
    return tuple(Area(*text.split("-", 1)) for text in texts)


def card_form(card: RateCardDraft) -> Form:
    """Return a rate card as JSON; equal forms: nothing changed."""
    return {
        "service": card.service_code,
        "valid_from": card.valid_from.isoformat(),
        "origin_kind": card.origin_kind.value,
        "origin": card.origin,
        "rows": rows_form(card.rows),
    }


def rows_form(rows: Sequence[RateRow]) -> list[Form]:
    """Return the prices of a rate card as JSON."""
    return [
        {
            "areas": [str(area) for area in row.areas],
            "max_weight_grams": row.max_weight_grams,
            "up_to_km": row.up_to_km,
            "price": f"{row.price:.2f}",
        }
        for row in rows
    ]


def rows_of(form: Sequence[Mapping[str, Any]]) -> tuple[RateRow, ...]:
    """Read the prices of a rate card back."""
    return tuple(
        RateRow(
            areas=areas_of(row["areas"]),
            max_weight_grams=row["max_weight_grams"],
            up_to_km=row["up_to_km"],
            price=Decimal(row["price"]),
        )
        for row in form
    )


def delivery_form(table: DeliveryPricesDraft) -> Form:
    """Return a table of delivery prices as JSON; equal forms: nothing changed."""
    return {
        "code": table.code,
        "method": table.method,
        "channel": table.channel,
        "service": table.service,
        "rows": [
            {
                "areas": [str(area) for area in row.areas],
                "from_value": f"{row.from_value:.2f}",
                "max_weight_grams": row.max_weight_grams,
                "price": f"{row.price:.2f}",
            }
            for row in table.rows
        ],
    }


def delivery_rows_of(form: Sequence[Mapping[str, Any]]) -> tuple[DeliveryPriceRow, ...]:
    """Read the rows of a table of delivery prices back."""
    return tuple(
        DeliveryPriceRow(
            areas=areas_of(row["areas"]),
            from_value=Decimal(row["from_value"]),
            max_weight_grams=row["max_weight_grams"],
            price=Decimal(row["price"]),
        )
        for row in form
    )
