"""When to try again, what may be called, who wants what."""

from datetime import timedelta
from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chaland.outbox import rules
from chaland.outbox.states import DELIVERY
from chaland.outbox.types import DeliveryState

DRAWS = st.floats(0, 1)


@given(st.integers(1, len(rules.RETRIES)), DRAWS)
def test_delays_lie_within_a_fifth_of_the_plan(failures: int, draw: float) -> None:
    delay = rules.retry_delay(failures, draw)
    assert delay is not None
    planned = rules.RETRIES[failures - 1]
    assert planned * 0.8 <= delay <= planned * 1.2 + timedelta(microseconds=1)


@given(DRAWS)
def test_the_plan_ends_after_about_a_day(draw: float) -> None:
    assert rules.retry_delay(len(rules.RETRIES) + 1, draw) is None
    delays = [rules.retry_delay(n, draw) or timedelta() for n in range(1, len(rules.RETRIES) + 1)]
    assert delays == sorted(delays)
    assert timedelta(hours=16) < sum(delays, timedelta()) < timedelta(hours=28)


@given(st.timedeltas(timedelta(), timedelta(days=400)), DRAWS)
def test_what_the_receiver_asks_for_is_kept_up_to_a_day(asked: timedelta, draw: float) -> None:
    plain = rules.retry_delay(1, draw)
    delay = rules.retry_delay(1, draw, asked=asked)
    assert plain is not None
    assert delay == max(plain, min(asked, timedelta(hours=24)))


@given(st.timedeltas(timedelta(), timedelta(days=30)))
def test_a_failing_endpoint_rests_between_a_second_and_a_minute(failing_for: timedelta) -> None:
    pause = rules.endpoint_pause(failing_for)
    assert timedelta(seconds=1) <= pause <= timedelta(minutes=1)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",  # noqa: S104 - an address to refuse
        "224.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "fe80::1",
        "fc00::1",
        "ff02::1",
        "::ffff:10.0.0.1",
        "::ffff:169.254.169.254",
        "64:ff9b::a00:1",
        "2002:a00:1::",
        "::10.0.0.1",
    ],
)
def test_addresses_of_inner_networks_are_not_public(address: str) -> None:
    assert not rules.is_public(ip_address(address))


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:2800:220:1::1", "::ffff:8.8.8.8"])
def test_addresses_of_the_internet_are(address: str) -> None:
    assert rules.is_public(ip_address(address))


@pytest.mark.parametrize(
    "url",
    [
        "",
        "example.com",
        "ftp://example.com/",
        "http://example.com/",
        "https://",
        "https://:443/",
        "https://example.com:0/",
        "https://example.com:99999/",
        "https://example.com:x/",
        "https://user@example.com/",
        "https://[::1/",
        "https://exa mple.com/",
        "https://example.com/a b",
        "https://exämple.com/",
        "https://example.com/\n",
        "https://localhost/",
        "https://intranet/",
        "https://db.internal/",
        "https://printer.local/",
        "https://10.0.0.1/",
        "https://[::ffff:10.0.0.1]/",
    ],
)
def test_addresses_that_may_not_be_called(url: str) -> None:
    assert rules.url_problem(url, allow_private=False)


@pytest.mark.parametrize(
    "url", ["https://example.com/", "https://hooks.example.com:8443/a?b=c", "https://8.8.8.8/"]
)
def test_addresses_that_may(url: str) -> None:
    assert rules.url_problem(url, allow_private=False) is None


def test_inside_a_closed_network_inner_addresses_may_be_allowed() -> None:
    assert rules.url_problem("http://127.0.0.1:9000/hook", allow_private=True) is None
    assert rules.url_problem("ftp://127.0.0.1/", allow_private=True)


@given(
    st.lists(st.sampled_from(list(DELIVERY.actions(DeliveryState.PENDING))), max_size=20),
)
def test_a_delivery_that_ended_only_starts_over_by_replay(actions: list[str]) -> None:
    state = DELIVERY.initial
    for action in actions:
        if action in DELIVERY.actions(state):
            state = DELIVERY.target(state, action)
        else:
            assert state is not DeliveryState.PENDING
            assert DELIVERY.actions(state) == ["replay"]
