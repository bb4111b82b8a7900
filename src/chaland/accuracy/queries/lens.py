"""The model in use, and the retailer's priors, for the locations and categories of the day."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from chaland.accuracy.models import LearnedModel
from chaland.accuracy.queries.policies import policies
from chaland.accuracy.rules.chances import FRESH_DAYS, chances, untaught
from chaland.accuracy.rules.evidence import sales_rate
from chaland.accuracy.rules.policies import in_force, prior_of
from chaland.accuracy.rules.recording import calibration_of, model_of
from chaland.accuracy.types import PolicyView
from chaland.accuracy.types.chances import Evidence, Floats, Model, ModelView
from chaland.network.types import NetworkSnapshot

Rows = Sequence[Mapping[str, Any]]


@dataclass(slots=True)
class Lens:
    """Through which evidence is seen: priors, and the model for this network.

    Locations are numbered as in the network, categories as they turn up.
    """

    network: NetworkSnapshot
    version: int
    body: Mapping[str, Any] | None
    policies: Sequence[PolicyView]
    _priors: dict[str, Floats] = field(default_factory=dict)
    _base: dict[str, Floats] = field(default_factory=dict)

    def model(self, categories: Sequence[str]) -> Model:
        """Return the model; index 0, 1 … of its categories are these."""
        ids = [place.id for place in self.network.locations]
        if self.body is None:
            return untaught(len(ids), len(categories))
        return model_of(self.body, location_ids=ids, categories=categories)

    def priors(self, category: str) -> Floats:
        """Return what the retailer believes of each location's shelves of a category."""
        known = self._priors.get(category)
        if known is None:
            known = self._priors[category] = np.array(
                [
                    prior_of(
                        in_force(
                            self.policies, location=place.code, kind=place.kind, category=category
                        ),
                        place.kind,
                    )
                    for place in self.network.locations
                ],
                np.float64,
            )
        return known

    def base(self, category: str) -> Floats:
        """Return the chance at each location to find what nothing is known of."""
        known = self._base.get(category)
        if known is None:
            count = len(self.network)
            nothing = np.zeros(count)
            blank = Evidence(
                location=np.arange(count),
                category=np.zeros(count, np.int64),
                prior=self.priors(category),
                quantity=np.ones(count),
                counted=np.zeros(count, np.bool_),
                age=np.full(count, FRESH_DAYS),
                sold=nothing,
                received=nothing,
                missed=nothing,
                missed_age=nothing,
                found=nothing,
                found_after=nothing,
                received_after=nothing,
                rate=nothing,
                quiet=nothing,
            )
            known = self._base[category] = chances(self.model([category]), blank)
        return known

    def evidence(self, rows: Rows) -> tuple[Evidence, Model]:
        """Return rows of ``known.sql`` as evidence, and the model that numbers them alike."""
        categories = sorted({row["category"] for row in rows})
        number = {category: place for place, category in enumerate(categories)}
        places = np.array([self.network.index_of[row["location_id"]] for row in rows], np.int64)
        kinds = np.array([number[row["category"]] for row in rows], np.int64)
        priors = np.stack([self.priors(category) for category in categories])
        column = {
            name: np.array([row[name] for row in rows], np.float64)
            for name in (
                "quantity", "age", "sold", "received", "missed", "missed_age", "found",
                "found_after", "received_after", "quiet", "mass", "known_days",
            )
        }  # fmt: skip
        known = Evidence(
            location=places,
            category=kinds,
            prior=priors[kinds, places],
            counted=np.array([row["counted"] for row in rows], np.bool_),
            rate=sales_rate(column.pop("mass"), column.pop("known_days")),
            **column,
        )
        return known, self.model(categories)


def lens(network: NetworkSnapshot) -> Lens:
    """Return the model in use and the priors; two queries."""
    row = LearnedModel.objects.order_by("-version").values("version", "body").first()
    return Lens(
        network,
        0 if row is None else row["version"],
        None if row is None else row["body"],
        policies(),
    )


def model_in_use() -> ModelView | None:
    """Return the model in use with its calibration; None when nothing was learned yet."""
    row = LearnedModel.objects.order_by("-version").first()
    if row is None:
        return None
    locations = sorted(int(key) for key in row.body["locations"])
    categories = sorted(row.body["categories"])
    return ModelView(
        version=row.version,
        learned_at=row.learned_at,
        outcomes=row.outcomes,
        picks=row.picks,
        model=model_of(row.body, location_ids=locations, categories=categories),
        locations=locations,
        categories=categories,
        calibration=None if row.calibration is None else calibration_of(row.calibration),
    )
