"""A model is learned from what happened, with the proof of how well it predicts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import numpy.typing as npt
from django.db import transaction

from chaland.access.operations import record_audit
from chaland.access.types import AuditFact
from chaland.accuracy.models import LearnedModel, Progress
from chaland.accuracy.operations.reading import LEDGER
from chaland.accuracy.queries.lens import lens
from chaland.accuracy.queries.statements import looks_statement
from chaland.accuracy.rules.evidence import outcomes_of
from chaland.accuracy.rules.learning import FEWEST_OUTCOMES, learn, proven
from chaland.accuracy.rules.recording import body_of, calibration_body
from chaland.accuracy.types.chances import Ints, Lines, Outcomes
from chaland.catalog.queries import sku_profiles
from chaland.database.revision import bump_revision
from chaland.database.statements import fetch_one
from chaland.inventory.arrays import decode_int4_array
from chaland.kernel.actor import Actor
from chaland.network.queries import snapshot

MOST_LINES = 2_000_000
"""Beyond so many lines of the ledger a sample of positions teaches as well."""

WINDOW_DAYS = 400.0
DAILY = timedelta(hours=24)
SOONEST = timedelta(hours=1)

# An arbitrary number that means "who learns" to pg_try_advisory_xact_lock.
_LOCK = 6_700_523

_SECONDS_A_DAY = 86_400
_EPOCH = 1_577_836_800  # 2020-01-01


@dataclass(frozen=True, slots=True)
class _Material:
    outcomes: Outcomes
    location_ids: Sequence[int]
    categories: Sequence[str]


def is_time_to_learn(*, now: datetime) -> bool:
    """Tell whether enough is new: anything after a day, or a fifth more outcomes after an hour."""
    looks = Progress.objects.filter(name=LEDGER).values_list("looks", flat=True).first() or 0
    latest = LearnedModel.objects.order_by("-version").first()
    if latest is None:
        return looks >= FEWEST_OUTCOMES
    age = now - latest.learned_at
    enough = looks >= max(10 * FEWEST_OUTCOMES, latest.outcomes // 5)
    return looks > 0 and (age >= DAILY or (age >= SOONEST and enough))


@transaction.atomic
def learn_chances(*, now: datetime, actor: Actor) -> int | None:
    """Learn a model from the ledger and put it to use; return its version.

    None, having changed nothing, when there is too little to learn from, or another worker is at
    it.
    """
    if fetch_one("SELECT pg_try_advisory_xact_lock(%s)", [_LOCK]) != (True,):
        return None
    material = _material(now)
    if material is None or len(material.outcomes) < FEWEST_OUTCOMES:
        return None
    sizes = {"locations": len(material.location_ids), "categories": len(material.categories)}
    model = learn(material.outcomes, **sizes)
    proof = proven(material.outcomes, **sizes)
    row = LearnedModel.objects.create(
        learned_at=now,
        outcomes=len(material.outcomes),
        picks=int(material.outcomes.picked.sum()),
        body=body_of(model, location_ids=material.location_ids, categories=material.categories),
        calibration=None if proof is None else calibration_body(proof),
    )
    Progress.objects.filter(name=LEDGER).update(looks=0)
    record_audit(
        [
            AuditFact(
                actor=actor,
                action="accuracy.learn",
                entity_type="pickable_model",
                entity_id=str(row.version),
                at=now,
                after={"outcomes": row.outcomes, "picks": row.picks},
            )
        ]
    )
    bump_revision("accuracy")
    return row.version


def _material(now: datetime) -> _Material | None:
    row = fetch_one(looks_statement(), {"most": MOST_LINES}, binary=True)
    assert row is not None  # noqa: S101 - an aggregate without GROUP BY gives exactly one row
    skus, places, at, part, units, change, counted = (decode_int4_array(data) for data in row)
    if not len(skus):
        return None
    network = snapshot()
    position, first = _positions(skus, places)
    sku_ids, location_ids = skus[first], places[first]
    profiles = sku_profiles(sorted(set(sku_ids.tolist())))
    names = [profiles[sku].category for sku in sku_ids.tolist()]
    categories = sorted(set(names))
    number = {name: place for place, name in enumerate(categories)}
    view = lens(network)
    columns = network.index_of_id[location_ids].astype(np.int64)
    kinds = np.array([number[name] for name in names], np.int64)
    priors = np.stack([view.priors(name) for name in categories])
    lines = Lines(
        position=position,
        at=at / _SECONDS_A_DAY,
        role=part.astype(np.int64),
        units=units.astype(np.float64),
        change=change.astype(np.float64),
        counted=np.where(counted < 0, np.nan, counted),
    )
    oldest = (now.timestamp() - _EPOCH) / _SECONDS_A_DAY - WINDOW_DAYS
    outcomes = outcomes_of(
        lines, location=columns, category=kinds, prior=priors[kinds, columns], since=oldest
    )
    return _Material(outcomes, [place.id for place in network.locations], categories)


def _positions(skus: npt.NDArray[np.int32], places: npt.NDArray[np.int32]) -> tuple[Ints, Ints]:
    """Number the positions of sorted lines; return each line's, and the first line of each."""
    starts = np.ones(len(skus), np.bool_)
    starts[1:] = (skus[1:] != skus[:-1]) | (places[1:] != places[:-1])
    return np.cumsum(starts) - 1, np.flatnonzero(starts)
