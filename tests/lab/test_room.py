"""The lab on a real database: a period is replayed, stopped, resumed, and nothing is touched."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from django.db import connection, transaction
from psycopg.sql import SQL, Identifier

from chaland.kernel import clock
from chaland.kernel.actor import SYSTEM
from chaland.kernel.errors import ConflictError, InvalidInputError, NotFoundError
from chaland.lab.operations import ask_to_stop, resume_run, start_run, work_next
from chaland.lab.queries import run as read_run
from chaland.lab.reading import frozen
from chaland.lab.types import LabState, RunView, Span, Spec, Variant
from tests.journeys.conftest import build_retailer  # noqa: F401 - a fixture
from tests.retailer import Retailer

Build = Callable[[Mapping[str, Mapping[str, int]]], Retailer]

STOCK = {
    "LAMP": {"WH": 6, "SHOP-PARIS": 4, "SHOP-LYON": 9},
    "CHAIR": {"SHOP-PARIS": 3, "SHOP-LYON": 9},
}


@pytest.fixture
def retailer(build_retailer: Build) -> Retailer:  # noqa: F811 - the fixture above
    """Write a retailer to whom eight orders came."""
    made = build_retailer(STOCK)
    for number in range(8):
        made.place({"LAMP": 1, "CHAIR": 1} if number % 2 else {"LAMP": 1})
    return made


def today(*variants: Variant, **more: object) -> Spec:
    """Ask about the last two hours: the retailer is as old as the test."""
    moment = datetime.now(UTC)
    return Spec(
        starts_at=moment - timedelta(hours=1),
        ends_at=moment + timedelta(minutes=5),
        variants=variants or (Variant(name="The same"),),
        **more,  # type: ignore[arg-type]
    )


def asked(spec: Spec) -> RunView:
    with transaction.atomic():
        return start_run(name="Try", spec=spec, now=clock.now(), actor=SYSTEM)


def stopped(run_id: UUID) -> RunView:
    with transaction.atomic():
        return ask_to_stop(run_id=run_id, now=clock.now(), actor=SYSTEM)


def resumed(run_id: UUID) -> RunView:
    with transaction.atomic():
        return resume_run(run_id=run_id, now=clock.now(), actor=SYSTEM)


def worked(run: RunView) -> RunView:
    done = work_next(clock=clock.now, run_id=run.id, slice_seconds=0.001)
    assert done is not None
    return done


def opened_before(retailer: Retailer) -> None:
    """Let the opening stock be older than the period: the ledger's own lines may not be changed."""
    del retailer
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE inventory_movement DISABLE TRIGGER USER")
        cursor.execute(
            "UPDATE inventory_movement SET occurred_at = occurred_at - interval '1 day'"
            " WHERE kind = 'opening'"
        )
        cursor.execute("ALTER TABLE inventory_movement ENABLE TRIGGER USER")


def contents() -> dict[str, tuple[int, str]]:
    """Count and hash every table but the lab's own and the log."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name FROM information_schema.tables"
            " WHERE table_schema = 'public' AND table_type = 'BASE TABLE'"
        )
        names = [row[0] for row in cursor.fetchall()]
        found = {}
        for name in sorted(names):
            if name in {"lab_run", "access_audit_entry", "access_auditentry"}:
                continue
            cursor.execute(
                SQL(
                    "SELECT count(*), md5(coalesce(string_agg(t::text, '' ORDER BY t::text), ''))"
                    " FROM {} AS t"
                ).format(Identifier(name))
            )
            found[name] = cursor.fetchone()
    return found


def test_the_same_way_makes_no_difference_and_live_data_is_untouched(retailer: Retailer) -> None:
    opened_before(retailer)
    before = contents()
    done = worked(asked(today(draws=2)))
    assert done.state is LabState.DONE
    assert done.progress == 1.0
    today_way, same = done.results["ways"]
    assert done.results["orders"] == 8
    assert today_way["measures"]["parcels"]["mean"] >= 1.0
    assert today_way["measures"] == same["measures"]
    assert all(item["low"] == item["high"] == 0 for item in same["differences"].values())
    assert contents() == before


def test_a_closed_site_a_dearer_carrier_and_a_buffer_are_felt(retailer: Retailer) -> None:
    opened_before(retailer)
    done = worked(
        asked(
            today(
                Variant(name="No warehouse", closed=("WH",)),
                Variant(name="Dearer", prices={"home-standard": Decimal("2.00")}),
                Variant(name="Buffer", buffer=100),
                Variant(name="Small warehouse", capacity={"WH": 1}),
            )
        )
    )
    present, closed, dearer, buffered, small = done.results["ways"]
    used = {site["code"] for site in present["sites"]}
    assert "WH" in used
    assert "WH" not in {site["code"] for site in closed["sites"]}
    assert dearer["measures"]["freight"]["mean"] == pytest.approx(
        2 * present["measures"]["freight"]["mean"]
    )
    assert dearer["differences"]["cost"]["mean"] > 0
    assert buffered["measures"]["unfilled"]["mean"] > present["measures"]["unfilled"]["mean"]
    assert small["measures"]["cost"]["mean"] >= present["measures"]["cost"]["mean"]


def test_a_run_that_was_stopped_or_let_go_ends_as_one_that_was_not(retailer: Retailer) -> None:
    opened_before(retailer)
    spec = today(Variant(name="No warehouse", closed=("WH",)), draws=3)
    straight = worked(asked(spec))
    broken = asked(spec)
    stops = iter([False] * 8)
    let_go = work_next(
        clock=clock.now, run_id=broken.id, halt=lambda: next(stops, True), slice_seconds=0
    )
    assert let_go is not None
    assert let_go.state is LabState.QUEUED
    assert 0 < let_go.progress < 1

    def stop(_view: RunView) -> None:
        if not read_run(broken.id).stop_asked:
            stopped(broken.id)

    halted = work_next(clock=clock.now, run_id=broken.id, told=stop, slice_seconds=0)
    assert halted is not None
    assert halted.state is LabState.STOPPED
    assert work_next(clock=clock.now, run_id=broken.id) is None
    resumed(broken.id)
    done = worked(broken)
    assert done.results == straight.results


def test_a_run_whose_worker_died_is_taken_up_by_another(retailer: Retailer) -> None:
    opened_before(retailer)
    run = asked(today())
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE lab_run SET state = 'running', claim = gen_random_uuid(),"
            " claimed_until = now() + interval '1 minute' WHERE id = %s",
            [run.id],
        )
    assert work_next(clock=clock.now, run_id=run.id) is None
    later = clock.now() + timedelta(minutes=2)
    done = work_next(clock=lambda: later, run_id=run.id)
    assert done is not None
    assert done.state is LabState.DONE


def test_a_search_draws_a_frontier(retailer: Retailer) -> None:
    opened_before(retailer)
    done = worked(
        asked(
            Spec(
                starts_at=today().starts_at,
                ends_at=today().ends_at,
                spans={
                    "delay_per_line_day": Span(lowest=Decimal(0), highest=Decimal(2)),
                    "extra_parcel": Span(lowest=Decimal(0), highest=Decimal(3)),
                },
                tries=6,
            )
        )
    )
    assert done.state is LabState.DONE
    ways = done.results["ways"]
    assert len(ways) == 7
    tried = [way["weights"] for way in ways[1:]]
    assert all(0 <= float(weights["extra_parcel"]) <= 3 for weights in tried)
    best = min(range(7), key=lambda at: ways[at]["measures"]["cost"]["mean"])
    assert best in done.results["frontiers"]["kept"] or any(
        ways[at]["measures"]["cost"]["mean"] == ways[best]["measures"]["cost"]["mean"]
        for at in done.results["frontiers"]["kept"]
    )


def test_a_period_without_orders_fails_and_says_so(retailer: Retailer) -> None:
    del retailer
    long_ago = datetime(2020, 1, 1, tzinfo=UTC)
    spec = Spec(
        starts_at=long_ago, ends_at=long_ago + timedelta(days=1), variants=(Variant(name="x"),)
    )
    done = worked(asked(spec))
    assert (done.state, done.problem_code) == (LabState.FAILED, "lab_no_orders")


@pytest.mark.django_db
def test_a_question_that_makes_no_sense_is_refused() -> None:
    moment = clock.now()
    wrong = Spec(
        starts_at=moment + timedelta(hours=1),
        ends_at=moment - timedelta(days=1),
        variants=(Variant(name="x", weights={"luck": Decimal(1)}),),
        tries=3,
    )
    with pytest.raises(InvalidInputError) as caught:
        asked(wrong)
    assert {problem.field for problem in caught.value.problems} == {
        "ends_at",
        "starts_at",
        "tries",
        "variants[0].weights.luck",
    }
    sound = replace(wrong, starts_at=moment - timedelta(days=2), tries=0)
    with pytest.raises(InvalidInputError) as caught:
        asked(replace(sound, variants=(Variant(name="x", closed=("NOWHERE",)),)))
    assert caught.value.problems[0].field == "variants[0].closed"
    with pytest.raises(NotFoundError):
        asked(replace(sound, variants=(Variant(name="x", strategy="nobody"),)))


def test_what_has_ended_can_neither_be_stopped_nor_resumed(retailer: Retailer) -> None:
    opened_before(retailer)
    done = worked(asked(today()))
    with pytest.raises(ConflictError):
        stopped(done.id)
    with pytest.raises(ConflictError):
        resumed(done.id)
    with pytest.raises(NotFoundError):
        read_run(UUID(int=1))


@pytest.mark.django_db(transaction=True)
def test_nothing_can_be_written_while_a_period_is_read() -> None:
    with pytest.raises(Exception, match="read-only"), frozen(), connection.cursor() as cursor:
        cursor.execute("CREATE TABLE lab_should_not_be (id int)")
