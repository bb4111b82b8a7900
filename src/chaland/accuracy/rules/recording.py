"""A model as it is written down, and read for the locations and categories of the day."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from chaland.accuracy.rules.chances import FEATURES
from chaland.accuracy.types.chances import Calibration, CalibrationRow, Floats, Model


def body_of(
    model: Model, *, location_ids: Sequence[int], categories: Sequence[str]
) -> dict[str, Any]:
    """Return *model* as plain data, with the ids and names that its indexes stand for."""
    return {
        "weights": dict(zip(FEATURES, model.weights.tolist(), strict=True)),
        "hazard": model.hazard,
        "slope": model.slope,
        "intercept": model.intercept,
        "depth": model.depth,
        "locations": {
            str(key): [float(effect), float(hazard)]
            for key, effect, hazard in zip(
                location_ids, model.location_effect, model.location_hazard, strict=True
            )
        },
        "categories": {
            key: [float(effect), float(hazard)]
            for key, effect, hazard in zip(
                categories, model.category_effect, model.category_hazard, strict=True
            )
        },
    }


def model_of(
    body: Mapping[str, Any], *, location_ids: Sequence[int], categories: Sequence[str]
) -> Model:
    """Return the model for these locations and categories; what it never saw has no effect."""
    places = [str(key) for key in location_ids]
    return Model(
        weights=np.array([body["weights"].get(name, 0.0) for name in FEATURES]),
        location_effect=_column(body["locations"], places, 0, 0.0),
        category_effect=_column(body["categories"], categories, 0, 0.0),
        hazard=body["hazard"],
        location_hazard=_column(body["locations"], places, 1, 1.0),
        category_hazard=_column(body["categories"], categories, 1, 1.0),
        slope=body["slope"],
        intercept=body["intercept"],
        depth=body["depth"],
    )


def calibration_of(body: Mapping[str, Any]) -> Calibration:
    """Return a calibration from plain data, as ``dataclasses.asdict`` made it."""
    rows = tuple(CalibrationRow(**row) for row in body["rows"])
    return Calibration(**{**body, "rows": rows})


def calibration_body(found: Calibration) -> dict[str, Any]:
    """Return a calibration as plain data."""
    return asdict(found)


def _column(
    table: Mapping[str, Sequence[float]], keys: Sequence[str], place: int, otherwise: float
) -> Floats:
    return np.array([table[key][place] if key in table else otherwise for key in keys], np.float64)
