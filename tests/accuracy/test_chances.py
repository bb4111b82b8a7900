"""Chances on a real database: what is kept is what the ledger tells, and news tell at once."""

import json
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest
import typer
from django.db import connection, transaction
from typer.testing import CliRunner

from chaland.accuracy import operations, queries
from chaland.accuracy.operations.learning import _material
from chaland.accuracy.queries.chances import _ONE, _memories, known_rows
from chaland.accuracy.queries.lens import lens
from chaland.accuracy.queries.statements import differences_statement
from chaland.accuracy.types import PolicyDraft
from chaland.accuracy.types.chances import Evidence
from chaland.database.statements import fetch_all
from chaland.inventory import operations as inventory
from chaland.inventory.types import Adjustment, MovementKind
from chaland.journeys.commands import register
from chaland.kernel.actor import SYSTEM
from chaland.network.queries import snapshot
from tests.accuracy.conftest import Floor

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _forget() -> Iterator[None]:
    _memories.clear()
    yield
    _memories.clear()


def chance(floor: Floor, sku: str = "LAMP", location: str = "SHOP-PARIS") -> float:
    """Let the worker read, and return the chance to find a unit."""
    operations.read_ledger()
    operations.score_due(now=floor.now)
    sku_id, location_id = floor.ids(sku, location)
    network = snapshot()
    found = queries.pickable([sku_id], network)
    assert found.dtype == np.float32
    assert found.shape == (1, len(network))
    return float(found[0, network.index_of[location_id]])


def count(floor: Floor, sku: str, units: int) -> None:
    """Count a shelf and believe the count."""
    task = floor.open(sku)
    floor.scan(task, sku, units)
    floor.later()
    floor.submit(task)
    if floor.view(task).pending:
        floor.approve(task)


def differences() -> list[tuple[object, ...]]:
    """Return where what is kept is not what the ledger tells."""
    return fetch_all(differences_statement())


def test_with_no_history_the_prior_of_the_kind_of_location_stands(floor: Floor) -> None:
    assert chance(floor, location="SHOP-PARIS") == pytest.approx(0.85, abs=0.001)
    assert chance(floor, location="WH") == pytest.approx(0.995, abs=0.001)
    with transaction.atomic():
        operations.put_policies(
            drafts=[PolicyDraft(code="paris", location="SHOP-PARIS", prior_pickable=0.6)],
            now=floor.now,
            actor=SYSTEM,
        )
    assert chance(floor, location="SHOP-PARIS") == pytest.approx(0.6, abs=0.001)


def test_a_refusal_and_a_count_tell_at_once(floor: Floor) -> None:
    before = chance(floor)
    floor.later()
    floor.miss("LAMP", 1)
    refused = chance(floor)
    assert refused < before / 2
    floor.later()
    count(floor, "LAMP", 9)
    lifted = chance(floor)
    assert lifted > before
    floor.later()
    count(floor, "LAMP", 0)
    floor.later()
    assert floor.position("LAMP").on_hand == 0
    assert differences() == []


def test_what_another_system_corrects_is_no_look_at_the_shelf(floor: Floor) -> None:
    floor.later()
    sku_id, location_id = floor.ids("LAMP", "SHOP-PARIS")
    correction = Adjustment(
        sku_id=sku_id,
        location_id=location_id,
        kind=MovementKind.COUNT,
        source="erp",
        occurred_at=floor.now,
        on_hand=7,
        cause_type="feed_run",
        cause_id="run_x",
    )
    with transaction.atomic():
        inventory.adjust(adjustments=[correction], now=floor.now, actor=SYSTEM)
    assert chance(floor) == pytest.approx(0.85, abs=0.001)
    told = queries.accuracy(
        by="source", since=floor.now - timedelta(days=1), until=floor.now + timedelta(days=1)
    )
    assert [(item.group, item.lost_units) for item in told] == [("erp", 3)]
    assert differences() == []


def test_why_a_chance_is_what_it_is(floor: Floor) -> None:
    network = snapshot()
    place = network.location("SHOP-PARIS")
    assert place is not None
    nothing = queries.explain_pickable("LAMP", place, network, now=floor.now)
    assert (nothing.known, nothing.facts) == (False, ())
    floor.miss("LAMP", 1)
    operations.read_ledger()
    told = queries.explain_pickable("LAMP", place, network, now=floor.later())
    assert told.facts[0].code == "missed"
    assert told.facts[0].points < -0.3
    assert (told.quantity, told.details["missed"]) == (9, 1)
    assert 0 < told.expected_units < 9


def test_expected_units_are_no_more_than_there_are(floor: Floor) -> None:
    ids = [floor.ids("LAMP", "SHOP-PARIS")[0], floor.ids("CHAIR", "SHOP-PARIS")[0]]
    network = snapshot()
    available = np.array([[10, 0, 3, 1], [0, 5, 8, 2]], np.int32)
    found = queries.expected_pickable_units(ids, available, network)
    assert found.shape == available.shape
    assert (found <= available).all()
    assert (found[available > 0] > 0).all()
    assert (found[available == 0] == 0).all()


def test_what_is_kept_is_what_the_ledger_tells(floor: Floor) -> None:
    """Batches, late messages, counts and misses in any order: the sums are those of a rebuild."""
    draw = random.Random(7)  # noqa: S311 - a history, no secret
    started = floor.now
    for step in range(60):
        floor.later(draw.randint(1, 3000))
        sku = draw.choice(["LAMP", "CHAIR"])
        act = draw.randrange(6)
        if act == 0:
            count(floor, sku, max(floor.position(sku).reserved, draw.randint(3, 9)))
        elif act == 1 and floor.position(sku).available:
            floor.miss(sku, 1)
        elif act == 2 and floor.position(sku).available:
            floor.issue(floor.reserve(sku, 1))
        elif act == 3 and floor.position(sku).available:
            floor.move(sku, -1)
        elif act == 4:
            late = started + (floor.now - started) * draw.random()
            floor.move(sku, draw.randint(1, 4), at=late)
        else:
            floor.move(sku, draw.randint(1, 4))
        if draw.random() < 0.4:
            operations.read_ledger()
            assert differences() == [], step
    operations.read_ledger()
    assert differences() == []
    assert operations.read_ledger() == 0, "nothing is read twice"
    _learned_from_the_same(floor)
    kept = fetch_all("SELECT count(*) FROM accuracy_evidence")
    operations.read_ledger_anew()
    assert fetch_all("SELECT count(*) FROM accuracy_evidence") == kept
    assert differences() == []
    with connection.cursor() as cursor:
        cursor.execute("UPDATE accuracy_evidence SET sold = sold + 1 WHERE sold > 0")
    assert differences(), "the check can fail"


def _learned_from_the_same(floor: Floor) -> None:
    """What is learned from a look is what was known of the position when it was asked."""
    floor.later(5000)
    sku_id, location_id = floor.ids("LAMP", "SHOP-PARIS")
    rows = known_rows(_ONE, now=floor.now, sku=sku_id, location=location_id)
    known, _ = lens(snapshot()).evidence(rows)
    count(floor, "LAMP", floor.position("LAMP").on_hand)
    operations.read_ledger()
    material = _material(floor.now + timedelta(days=1))
    assert material is not None
    looks = material.outcomes
    last = looks.where(looks.at >= looks.at.max() - 1e-9)
    assert len(last) == 1
    for name in Evidence.__slots__:
        if name not in ("category", "quantity"):
            assert getattr(last.evidence, name)[0] == pytest.approx(
                float(getattr(known, name)[0]), rel=1e-3, abs=1e-3
            ), name


def test_a_model_is_learned_from_the_ledger_and_used(floor: Floor) -> None:
    assert operations.learn_chances(now=floor.now, actor=SYSTEM) is None, "nothing to learn from"
    _many_looks(floor)
    operations.read_ledger()
    assert operations.is_time_to_learn(now=floor.now)
    before = chance(floor, "CHAIR")
    version = operations.learn_chances(now=floor.later(), actor=SYSTEM)
    known = queries.model_in_use()
    assert known is not None
    assert known.version == version
    assert known.outcomes >= 150
    assert known.calibration is not None
    assert sum(row.outcomes for row in known.calibration.rows) == known.calibration.outcomes
    assert not operations.is_time_to_learn(now=floor.now)
    printed = calibration_printed()
    assert printed["model_version"] == version
    assert printed["calibration"]["outcomes"] == known.calibration.outcomes
    after = chance(floor, "CHAIR")
    assert after != before, "a new model is used at once"


def calibration_printed() -> Any:
    """Return what `chaland stock calibration` tells machines; for people it prints the same."""
    app = typer.Typer()
    register(app)
    told = CliRunner().invoke(app, ["stock", "calibration"])
    assert told.exit_code == 0, told.output
    assert "Brier score" in told.output
    return json.loads(CliRunner().invoke(app, ["stock", "calibration", "--json"]).stdout)


def _many_looks(floor: Floor) -> None:
    """Let pickers at one shop find little, day after day."""
    draw = random.Random(3)  # noqa: S311 - a history, no secret
    sku_id, location_id = floor.ids("CHAIR", "SHOP-PARIS")
    base = datetime.now(UTC) - timedelta(days=300)
    lines = []
    for day in range(299):
        at = base + timedelta(days=day, hours=draw.random())
        found = draw.random() < 0.7
        lines.append((at, 2))
        lines.append((at + timedelta(hours=2), -1 if found else 0))
    with transaction.atomic():
        inventory.adjust(
            adjustments=[
                Adjustment(
                    sku_id=sku_id,
                    location_id=location_id,
                    kind=MovementKind.RECEIPT,
                    source="t",
                    occurred_at=at,
                    on_hand_delta=units,
                )
                for at, units in lines
                if units > 0
            ],
            now=floor.now,
            actor=SYSTEM,
        )
        with connection.cursor() as cursor:
            for at, units in lines:
                if units > 0:
                    continue
                missed = units == 0
                cursor.execute(
                    "INSERT INTO inventory_movement (sku_id, location_id, kind, on_hand_delta,"
                    " reserved_delta, unavailable_delta, incoming_delta, status, cause_type,"
                    " cause_id, source, occurred_at, actor_kind, actor_id, reason)"
                    " VALUES (%s, %s, %s, %s, 0, %s, 0, %s, 'fulfilment_order', 'ful_x', 'chaland',"
                    " %s, 'system', 't', '')",
                    [
                        sku_id,
                        location_id,
                        "blocking" if missed else "issue",
                        units,
                        1 if missed else 0,
                        "missing" if missed else None,
                        at,
                    ],
                )
            cursor.execute(
                "UPDATE inventory_position p SET (on_hand, unavailable) = (SELECT"
                " sum(on_hand_delta), sum(unavailable_delta) FROM inventory_movement m"
                " WHERE m.sku_id = p.sku_id AND m.location_id = p.location_id)"
                " WHERE p.sku_id = %s AND p.location_id = %s",
                [sku_id, location_id],
            )
