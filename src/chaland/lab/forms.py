"""A run's question as JSON, and back."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from decimal import Decimal
from typing import Any

from chaland.lab.types import Span, Spec, Variant


def spec_form(spec: Spec) -> dict[str, Any]:
    """Return the JSON that is kept and shown."""
    form = asdict(spec)
    form["starts_at"], form["ends_at"] = spec.starts_at.isoformat(), spec.ends_at.isoformat()
    form["variants"] = [variant_form(item) for item in spec.variants]
    form["channels"] = list(spec.channels)
    form["spans"] = {
        name: {"lowest": str(span.lowest), "highest": str(span.highest)}
        for name, span in spec.spans.items()
    }
    return form


def variant_form(variant: Variant) -> dict[str, Any]:
    """Return a variant as JSON."""
    return {
        **asdict(variant),
        "weights": _texts(variant.weights),
        "prices": _texts(variant.prices),
        "closed": list(variant.closed),
    }


def spec_of(form: Mapping[str, Any]) -> Spec:
    """Read what ``spec_form`` wrote."""
    return Spec(
        **{
            **form,
            "starts_at": datetime.fromisoformat(form["starts_at"]),
            "ends_at": datetime.fromisoformat(form["ends_at"]),
            "channels": tuple(form["channels"]),
            "variants": tuple(_variant(item) for item in form["variants"]),
            "spans": {
                name: Span(lowest=Decimal(span["lowest"]), highest=Decimal(span["highest"]))
                for name, span in form["spans"].items()
            },
        }
    )


def _variant(form: Mapping[str, Any]) -> Variant:
    return Variant(
        **{
            **form,
            "weights": {name: Decimal(value) for name, value in form["weights"].items()},
            "prices": {name: Decimal(value) for name, value in form["prices"].items()},
            "closed": tuple(form["closed"]),
        }
    )


def _texts(amounts: Mapping[str, Decimal]) -> dict[str, str]:
    return {name: str(value) for name, value in amounts.items()}
