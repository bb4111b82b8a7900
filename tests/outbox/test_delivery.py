"""Webhooks: signed, in order, tried again, given up, replayed; to a real receiver."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection, transaction
from pytest_django.fixtures import Settings
from standardwebhooks import Webhook, WebhookVerificationError

from chaland.database.statements import execute, fetch_all
from chaland.kernel.actor import SYSTEM
from chaland.kernel.clock import now
from chaland.kernel.errors import ConflictError, InvalidInputError, NotFoundError
from chaland.kernel.ids import new_uuid, to_public
from chaland.outbox import operations, queries
from chaland.outbox.operations import deliver_next, fan_out, publish
from chaland.outbox.rules import RETRIES
from chaland.outbox.tasks import forget_deliveries
from chaland.outbox.transport import Sender
from chaland.outbox.types import DeliveryState, DeliveryView
from tests.outbox.facts import LockOpened, moved
from tests.outbox.receiver import Message, Receiver, receiver

pytestmark = pytest.mark.django_db(transaction=True)


class Clock:
    """A clock that tests move by hand; it starts now, since signatures are checked against it."""

    def __init__(self) -> None:
        self.moment = now()

    def __call__(self) -> datetime:
        """Tell the time."""
        return self.moment

    def move(self, by: timedelta) -> None:
        """Let time pass."""
        self.moment += by


@pytest.fixture(autouse=True)
def _inner_network(settings: Settings) -> None:
    settings.CHALAND_WEBHOOK_ALLOW_PRIVATE = True


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def hook() -> Iterator[Receiver]:
    with receiver() as state:
        yield state


@pytest.fixture
def sender() -> Iterator[Sender]:
    made = Sender(allow_private=True, total_seconds=1.0)
    yield made
    made.close()


@pytest.fixture
def pump(sender: Sender, clock: Clock) -> Any:
    """Give a function that reads the feed and sends all that is due; it returns how many were."""

    def run() -> int:
        fan_out(now=clock())
        count = 0
        while deliver_next(post=sender.post, clock=clock):
            count += 1
        return count

    return run


def endpoint(hook: Receiver, clock: Clock, *event_types: str) -> tuple[UUID, str]:
    with transaction.atomic():
        return operations.create_endpoint(url=hook.url, event_types=event_types, now=clock())


def deliveries(endpoint_id: UUID) -> list[DeliveryView]:
    return queries.deliveries(endpoint_id)[::-1]


def refuse(*berths: str) -> Any:
    def answer(message: Message) -> tuple[int, dict[str, str], bytes]:
        wrong = message.event["data"]["berth"] in berths
        return (500 if wrong else 200), {}, b"no" if wrong else b"yes"

    return answer


def test_a_message_is_a_signed_cloudevent(hook: Receiver, clock: Clock, pump: Any) -> None:
    endpoint_id, secret = endpoint(hook, clock)
    publish([moved("A")], actor=SYSTEM)
    assert pump() == 1
    [message] = hook.messages
    assert message.path == "/hook"
    assert message.headers["content-type"] == "application/cloudevents+json"
    Webhook(secret).verify(message.body, message.headers)
    [delivery] = deliveries(endpoint_id)
    assert delivery.state is DeliveryState.DELIVERED
    assert message.headers["webhook-id"] == to_public("evt", delivery.event_id)
    assert message.event == {
        "specversion": "1.0",
        "id": to_public("evt", delivery.event_id),
        "source": "/chaland",
        "type": "chaland.barge.moved.v1",
        "subject": "barge:1",
        "time": "2026-11-20T10:00:00Z",
        "datacontenttype": "application/json",
        "sequence": f"{delivery.seq:020d}",
        "partitionkey": "barge:1",
        "actor": "system:chaland",
        "data": {"berth": "A"},
    }
    [attempt] = queries.attempts(delivery.id)
    assert (attempt.status, attempt.error, attempt.response_excerpt) == (200, "", "thanks")


def test_a_message_changed_on_the_way_does_not_verify(
    hook: Receiver, clock: Clock, pump: Any
) -> None:
    _, secret = endpoint(hook, clock)
    publish([moved("A")], actor=SYSTEM)
    pump()
    [message] = hook.messages
    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify(message.body.replace(b'"A"', b'"B"'), message.headers)


def test_the_secret_is_kept_encrypted_and_shown_once(hook: Receiver, clock: Clock) -> None:
    _, secret = endpoint(hook, clock)
    [(row,)] = fetch_all(
        "SELECT to_jsonb(outbox_webhook_endpoint)::text FROM outbox_webhook_endpoint"
    )
    assert secret not in row
    assert secret.removeprefix("whsec_") not in row


def test_for_a_day_after_a_change_both_secrets_sign(
    hook: Receiver, clock: Clock, pump: Any
) -> None:
    endpoint_id, old = endpoint(hook, clock)
    with transaction.atomic():
        new = operations.rotate_secret(endpoint_id=endpoint_id, now=clock())
    publish([moved("A")], actor=SYSTEM)
    pump()
    for secret in (old, new):
        Webhook(secret).verify(hook.messages[0].body, hook.messages[0].headers)
    execute("UPDATE outbox_webhook_endpoint SET previous_secret_until = %s", [clock()])
    publish([moved("B")], actor=SYSTEM)
    pump()
    Webhook(new).verify(hook.messages[1].body, hook.messages[1].headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(old).verify(hook.messages[1].body, hook.messages[1].headers)


def test_an_endpoint_hears_what_it_wants_from_its_making_on(
    hook: Receiver, clock: Clock, pump: Any
) -> None:
    publish([moved("before")], actor=SYSTEM)
    endpoint(hook, clock, "barge.*")
    publish([moved("1"), moved("2", kind=LockOpened), moved("3")], actor=SYSTEM)
    assert pump() == 2
    assert hook.berths() == ["1", "3"]
    assert pump() == 0


def test_a_failed_message_holds_up_its_own_stream_only(
    hook: Receiver, clock: Clock, pump: Any
) -> None:
    hook.answer = refuse("1")
    endpoint_id, _ = endpoint(hook, clock)
    publish([moved("1"), moved("2"), moved("x", stream="barge:2")], actor=SYSTEM)
    pump()
    clock.move(timedelta(seconds=2))
    pump()
    assert hook.berths("barge:1") == ["1"]
    assert hook.berths("barge:2") == ["x"]
    first = deliveries(endpoint_id)[0]
    assert (first.state, first.attempts, first.last_status) == (DeliveryState.PENDING, 1, 500)
    assert first.last_error == "HTTP 500"
    hook.answer = refuse()
    clock.move(timedelta(seconds=10))
    pump()
    assert hook.berths("barge:1") == ["1", "1", "2"]
    assert {item.state for item in deliveries(endpoint_id)} == {DeliveryState.DELIVERED}
    assert [item.status for item in queries.attempts(first.id)] == [500, 200]


def test_retries_spread_over_a_day_and_end(hook: Receiver, clock: Clock, pump: Any) -> None:
    hook.answer = refuse("1")
    endpoint_id, _ = endpoint(hook, clock)
    publish([moved("1"), moved("2")], actor=SYSTEM)
    started = clock()
    for _attempt in range(len(RETRIES) + 1):
        pump()
        due = deliveries(endpoint_id)[0].next_attempt_at
        clock.move(max(due - clock(), timedelta(minutes=2)))
    dead, second = deliveries(endpoint_id)
    assert (dead.state, dead.attempts) == (DeliveryState.DEAD, len(RETRIES) + 1)
    assert timedelta(hours=16) < clock() - started < timedelta(hours=28)
    pump()
    assert deliveries(endpoint_id)[1].state is DeliveryState.DELIVERED
    assert second.attempts == 0
    figures = queries.delivery_figures()
    assert (figures.pending, figures.dead) == (0, 1)
    with transaction.atomic():
        operations.retry_delivery(delivery_id=dead.id, now=clock())
    hook.answer = refuse()
    assert pump() == 1
    assert deliveries(endpoint_id)[0].state is DeliveryState.DELIVERED


def test_the_receiver_may_ask_for_more_time(hook: Receiver, clock: Clock, pump: Any) -> None:
    hook.answer = lambda _: (503, {"Retry-After": "3600"}, b"")
    endpoint_id, _ = endpoint(hook, clock)
    publish([moved("1")], actor=SYSTEM)
    pump()
    assert deliveries(endpoint_id)[0].next_attempt_at == clock() + timedelta(hours=1)


def test_a_redirect_is_not_followed(hook: Receiver, clock: Clock, pump: Any) -> None:
    hook.answer = lambda _: (302, {"Location": hook.url}, b"")
    endpoint_id, _ = endpoint(hook, clock)
    publish([moved("1")], actor=SYSTEM)
    assert pump() == 1
    assert deliveries(endpoint_id)[0].last_error == "HTTP 302"


def test_a_receiver_that_is_gone_is_switched_off_and_that_is_an_event(
    hook: Receiver, clock: Clock, pump: Any
) -> None:
    hook.answer = lambda _: (410, {}, b"")
    endpoint_id, _ = endpoint(hook, clock)
    publish([moved("1"), moved("2", stream="barge:2")], actor=SYSTEM)
    assert pump() == 1
    shown = queries.endpoint_view(endpoint_id)
    assert (shown.active, shown.disabled_reason) == (False, "The receiver answered 410 Gone.")
    [event] = queries.timeline(to_public("whe", endpoint_id))
    assert (event.type, event.data["url"]) == ("webhook.disabled", hook.url)


def test_an_endpoint_that_failed_for_days_is_switched_off_and_goes_on_when_switched_on(
    hook: Receiver, clock: Clock, pump: Any
) -> None:
    hook.answer = refuse("1")
    endpoint_id, _ = endpoint(hook, clock, "barge.*")
    publish([moved("1")], actor=SYSTEM)
    pump()
    clock.move(timedelta(days=6))
    pump()
    assert not queries.endpoint_view(endpoint_id).active
    publish([moved("2")], actor=SYSTEM)
    assert pump() == 0
    hook.answer = refuse()
    with transaction.atomic():
        operations.update_endpoint(endpoint_id=endpoint_id, changes={"active": True})
    clock.move(timedelta(hours=1))
    assert pump() == 2
    assert hook.berths() == ["1", "1", "1", "2"]


def test_a_failing_receiver_is_left_alone_for_a_moment(
    hook: Receiver, clock: Clock, pump: Any
) -> None:
    hook.answer = lambda _: (500, {}, b"")
    endpoint(hook, clock)
    publish([moved("x", stream=f"barge:{number}") for number in range(50)], actor=SYSTEM)
    assert pump() == 1
    assert pump() == 0
    clock.move(timedelta(seconds=1.5))
    assert pump() == 1


def test_a_receiver_that_does_not_answer_in_time(clock: Clock, pump: Any, hook: Receiver) -> None:
    release = threading.Event()

    def hang(_: Message) -> tuple[int, dict[str, str], bytes]:
        release.wait(5)
        return 200, {}, b""

    hook.answer = hang
    endpoint_id, _ = endpoint(hook, clock)
    publish([moved("1")], actor=SYSTEM)
    pump()
    release.set()
    [delivery] = deliveries(endpoint_id)
    assert delivery.state is DeliveryState.PENDING
    assert delivery.last_error.startswith("ReadTimeout")


def test_a_receiver_that_is_not_there(clock: Clock, pump: Any) -> None:
    nowhere = Receiver(url="http://127.0.0.1:9/hook")
    endpoint_id, _ = endpoint(nowhere, clock)
    publish([moved("1")], actor=SYSTEM)
    assert pump() == 1
    [delivery] = deliveries(endpoint_id)
    assert delivery.last_status is None
    assert delivery.last_error.startswith("ConnectError")


def test_a_long_or_strange_answer_is_cut_and_cleaned(
    hook: Receiver, clock: Clock, pump: Any
) -> None:
    hook.answer = lambda _: (200, {}, b"\x00\xff" * 500_000)
    endpoint_id, _ = endpoint(hook, clock)
    publish([moved("1")], actor=SYSTEM)
    assert pump() == 1
    [attempt] = queries.attempts(deliveries(endpoint_id)[0].id)
    assert 0 < len(attempt.response_excerpt) <= 500
    assert "\0" not in attempt.response_excerpt


def test_replay_sends_again_in_order_also_what_was_before(
    hook: Receiver, clock: Clock, pump: Any
) -> None:
    publish([moved("before")], actor=SYSTEM)
    endpoint_id, _ = endpoint(hook, clock, "barge.*")
    publish([moved("1"), moved("2", kind=LockOpened), moved("3")], actor=SYSTEM)
    pump()
    assert hook.berths() == ["1", "3"]
    clock.move(timedelta(minutes=1))
    with transaction.atomic():
        count = operations.replay(
            endpoint_id=endpoint_id, since=clock() - timedelta(days=1), now=clock()
        )
    assert count == 3
    assert pump() == 3
    assert hook.berths() == ["1", "3", "before", "1", "3"]
    assert len({message.headers["webhook-id"] for message in hook.messages}) == 3


def test_replay_starts_at_the_moment_named(hook: Receiver, clock: Clock, pump: Any) -> None:
    endpoint_id, _ = endpoint(hook, clock)
    publish([moved("1")], actor=SYSTEM)
    pump()
    with transaction.atomic():
        later = clock() + timedelta(hours=1)
        assert operations.replay(endpoint_id=endpoint_id, since=later, now=clock()) == 0


def test_what_is_under_way_elsewhere_is_left_alone(
    hook: Receiver, clock: Clock, sender: Sender
) -> None:
    """While one sender waits for the answer, another finds nothing to do in that stream."""
    endpoint(hook, clock)
    publish([moved("1"), moved("2")], actor=SYSTEM)
    fan_out(now=clock())
    found: list[UUID | None] = []

    def other_sender() -> None:
        try:
            found.append(deliver_next(post=sender.post, clock=clock))
        finally:
            connection.close()

    def answer(_: Message) -> tuple[int, dict[str, str], bytes]:
        if len(hook.messages) == 1:
            with ThreadPoolExecutor(1) as pool:
                pool.submit(other_sender).result()
        return 200, {}, b""

    hook.answer = answer
    deliver_next(post=sender.post, clock=clock)
    assert found == [None]
    assert hook.berths() == ["1"]


def test_two_pumps_at_once_deliver_each_event_once(hook: Receiver, clock: Clock, pump: Any) -> None:
    endpoint_id, _ = endpoint(hook, clock)
    publish([moved(number, stream=f"barge:{number % 7}") for number in range(60)], actor=SYSTEM)

    def read(_: int) -> None:
        try:
            fan_out(now=clock())
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(read, range(24)))
    assert len(queries.deliveries(endpoint_id, limit=1000)) == 60
    assert pump() == 60
    for number in range(7):
        berths = hook.berths(f"barge:{number}")
        assert berths == sorted(berths, key=int)


@pytest.mark.parametrize(
    ("url", "types", "field"),
    [
        ("https://10.0.0.1/", [], "url"),
        ("https://localhost/", [], "url"),
        ("http://example.com/", [], "url"),
        ("https://user:pass@example.com/", [], "url"),
        ("https://[::1]/", [], "url"),
        ("https://example.com/", ["Order Placed"], "event_types[0]"),
    ],
)
def test_endpoints_that_may_not_be(
    url: str, types: list[str], field: str, settings: Settings, clock: Clock
) -> None:
    settings.CHALAND_WEBHOOK_ALLOW_PRIVATE = False
    with pytest.raises(InvalidInputError) as refusal:
        operations.create_endpoint(url=url, event_types=types, now=clock())
    assert [problem.field for problem in refusal.value.problems] == [field]
    assert queries.endpoints() == []


def test_removing_an_endpoint_removes_its_log_and_no_other(
    hook: Receiver, clock: Clock, pump: Any
) -> None:
    one, _ = endpoint(hook, clock)
    two, _ = endpoint(hook, clock)
    publish([moved("1")], actor=SYSTEM)
    assert pump() == 2
    with transaction.atomic():
        operations.delete_endpoint(endpoint_id=one)
    assert [item.id for item in queries.endpoints()] == [two]
    assert len(deliveries(two)) == 1
    assert len(fetch_all("SELECT 1 FROM outbox_webhook_attempt")) == 1


def test_what_is_not_there(clock: Clock) -> None:
    nowhere = new_uuid()
    with pytest.raises(NotFoundError):
        queries.endpoint_view(nowhere)
    with pytest.raises(NotFoundError):
        queries.delivery_view(nowhere)
    with pytest.raises(NotFoundError), transaction.atomic():
        operations.replay(endpoint_id=nowhere, since=clock(), now=clock())
    with pytest.raises(NotFoundError), transaction.atomic():
        operations.retry_delivery(delivery_id=nowhere, now=clock())


def test_an_endpoint_that_is_off_cannot_be_replayed(hook: Receiver, clock: Clock) -> None:
    endpoint_id, _ = endpoint(hook, clock)
    with transaction.atomic():
        operations.update_endpoint(endpoint_id=endpoint_id, changes={"active": False})
    with pytest.raises(ConflictError) as refusal, transaction.atomic():
        operations.replay(endpoint_id=endpoint_id, since=clock(), now=clock())
    assert refusal.value.code == "endpoint_inactive"


def test_ended_deliveries_are_forgotten_and_waiting_ones_kept(
    hook: Receiver, clock: Clock, pump: Any
) -> None:
    hook.answer = refuse("1")
    endpoint_id, _ = endpoint(hook, clock)
    publish([moved("2", stream="barge:2"), moved("1")], actor=SYSTEM)
    pump()
    assert operations.purge_deliveries(before=clock()) == 0
    assert operations.purge_deliveries(before=clock() + timedelta(days=2)) == 1
    assert [item.state for item in deliveries(endpoint_id)] == [DeliveryState.PENDING]


def test_the_hourly_task_forgets_what_ended_a_month_ago(
    hook: Receiver, clock: Clock, pump: Any
) -> None:
    endpoint_id, _ = endpoint(hook, clock)
    publish([moved("old"), moved("young")], actor=SYSTEM)
    assert pump() == 2
    execute(
        "UPDATE outbox_webhook_delivery SET next_attempt_at = %s WHERE id = %s",
        [clock() - timedelta(days=31), deliveries(endpoint_id)[0].id],
    )
    forget_deliveries(0)
    assert len(deliveries(endpoint_id)) == 1
    assert len(fetch_all("SELECT 1 FROM outbox_webhook_attempt")) == 1
