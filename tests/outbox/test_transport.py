"""The sender calls nobody in the inner network, whatever a name says."""

from collections.abc import Iterator

import pytest

from chaland.outbox.transport import Sender
from tests.outbox.receiver import Receiver, receiver


@pytest.fixture
def hook() -> Iterator[Receiver]:
    with receiver() as state:
        yield state


@pytest.fixture
def guarded() -> Iterator[Sender]:
    made = Sender(allow_private=False, total_seconds=1.0)
    yield made
    made.close()


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "0.0.0.0"])  # noqa: S104
def test_inner_addresses_are_refused_at_the_call(
    hook: Receiver, guarded: Sender, host: str
) -> None:
    url = hook.url.replace("127.0.0.1", host)
    reply = guarded.post(url, body=b"{}", headers={})
    assert reply.status is None
    assert "inner address" in reply.error
    assert hook.messages == []


def test_the_same_call_goes_through_where_it_is_allowed(hook: Receiver) -> None:
    sender = Sender(allow_private=True)
    try:
        reply = sender.post(hook.url, body=b"{}", headers={"x-test": "1"})
    finally:
        sender.close()
    assert (reply.status, reply.error, reply.excerpt) == (200, "", "thanks")
    assert hook.messages[0].headers["x-test"] == "1"


@pytest.mark.parametrize(
    "url", ["http://no-such-host.invalid/", "gopher://example.com/", "http://127.0.0.1:1/"]
)
def test_what_cannot_be_reached_is_an_answer_not_an_exception(url: str) -> None:
    sender = Sender(allow_private=True, total_seconds=1.0)
    try:
        reply = sender.post(url, body=b"{}", headers={})
    finally:
        sender.close()
    assert reply.status is None
    assert reply.error


def test_https_needs_a_certificate_that_is_trusted(hook: Receiver) -> None:
    sender = Sender(allow_private=True, total_seconds=1.0)
    try:
        reply = sender.post(hook.url.replace("http://", "https://"), body=b"{}", headers={})
    finally:
        sender.close()
    assert reply.status is None
    assert hook.messages == []
