"""What was learned is what the engine promises, to the day, as surely as a channel wants."""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from chaland.access.types import Role
from chaland.kernel import clock
from chaland.kernel.ids import new_uuid
from chaland.promise import operations
from chaland.promise.models import PromiseObservation
from chaland.promise.types import ObservedWork
from tests.journeys.conftest import Build
from tests.retailer import Retailer
from tests.screens import sign_in


def works(count: int, *, transit_days: Any, now: datetime, minutes: int = 90) -> list[ObservedWork]:
    """Return parcels from Orléans to Paris, one an hour or so, the last ones two weeks ago."""
    found = []
    for number in range(count):
        ordered = now - timedelta(days=14, hours=number)
        ordered = ordered.replace(hour=9 + number % 6, minute=0, second=0, microsecond=0)
        handed = ordered.replace(hour=16, minute=30)
        found.append(
            ObservedWork(
                id=new_uuid(),
                order_id=new_uuid(),
                channel="web",
                site="WH",
                method="ship",
                service="home-standard",
                country="FR",
                postal_code="75004",
                distance_km=110.0,
                weight_grams=800,
                items=1,
                ordered_at=ordered,
                released_at=ordered,
                prepared_at=ordered + timedelta(minutes=minutes + number % 7),
                handed_at=handed,
                done_at=handed.replace(hour=11) + timedelta(days=transit_days(number)),
                promised_earliest=ordered,
                promised_latest=ordered + timedelta(days=3),
                confidence=0.95,
                basis="stated",
            )
        )
    return found


def learn_from(count: int, transit_days: Any) -> None:
    """Let parcels have taken so many days, and learn from them."""
    now = clock.now()
    with transaction.atomic():
        operations.observe(works=works(count, transit_days=transit_days, now=now))
        assert operations.learn_promises(now=now)


def option(retailer: Retailer) -> Any:
    """Return the window that a basket to Paris is quoted."""
    body = retailer.order_body()
    asked = {name: body[name] for name in ("channel", "lines")}
    asked["lines"] = [{"sku": "LAMP", "quantity": 1}]
    answer = retailer.client.post(
        "/promises",
        {**asked, "destination": {"country": "FR", "postal_code": "75004"}},
    )
    assert answer.status == 200, answer.body
    return answer.body["options"][0]["window"]


def test_a_slow_carrier_is_promised_as_late_as_it_is(build_retailer: Build) -> None:
    retailer = build_retailer({"LAMP": {"WH": 5}})
    stated = option(retailer)
    assert (stated["basis"], stated["observations"]) == ("stated", 0)
    learn_from(120, lambda number: 6 if number % 3 else 7)
    slow = option(retailer)
    assert slow["basis"] == "learned"
    assert slow["observations"] >= 100
    assert slow["latest"] > stated["latest"]
    assert slow["confidence"] >= 0.9
    order = retailer.place()
    assert order["promise"]["basis"] == "learned"
    assert order["promise"]["latest"] == slow["latest"], "sold as quoted"


def test_a_channel_that_wants_to_be_surer_promises_later(build_retailer: Build) -> None:
    retailer = build_retailer({"LAMP": {"WH": 5}})
    learn_from(300, lambda number: 2 if number % 10 else 9)
    latest = []
    for confidence in (0.6, 0.98):
        answer = retailer.client.put("/promise-terms/sure", {"confidence": confidence})
        assert answer.status in (200, 201)
        window = option(retailer)
        assert window["confidence"] >= confidence - 0.02
        latest.append(window["latest"])
    assert latest[0] < latest[1]


def test_one_parcel_teaches_nothing(build_retailer: Build) -> None:
    build_retailer({"LAMP": {"WH": 1}})
    (work,) = works(1, transit_days=lambda _: 2, now=clock.now())
    with transaction.atomic():
        operations.observe(works=[work])
        operations.observe(works=[work])
    assert PromiseObservation.objects.count() == 1


def test_promises_kept_are_counted_against_what_was_told(build_retailer: Build) -> None:
    retailer = build_retailer({"LAMP": {"WH": 1}})
    empty = retailer.client.get("/promises/reliability").body
    assert (empty["whole"], empty["levels"]) == (None, [])
    learn_from(100, lambda number: 2 if number % 5 else 9)
    found = retailer.client.get("/promises/reliability", weeks="8").body
    assert (found["whole"]["promises"], found["whole"]["kept"]) == (100, 80)
    assert found["whole"]["lowest"] < found["whole"]["share"] < found["whole"]["told"]
    assert [level["key"] for level in found["levels"]] == ["0.95"]
    assert [site["key"] for site in found["by_site"]] == ["WH"]
    assert [carrier["kept"] for carrier in found["by_carrier"]] == [80]
    assert [lane["key"] for lane in found["by_lane"]] == ["FR/45 → FR/75"]
    assert sum(week["promises"] for week in found["by_week"]) == 100
    assert found["learned_from"] == 100
    nobody = retailer.key(["promises:read"], organisations=["nord"])
    assert nobody.get("/promises/reliability").body["whole"] is None
    page = sign_in(Role.OPERATIONS).get("/console/promises/")
    assert page.status_code == 200
    assert "80" in page.content.decode()
