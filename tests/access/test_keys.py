"""API keys: shown once, checked at the door, limited by their maker, closed for good."""

import time
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from chaland.access import authentication
from chaland.access.authentication import CACHE_SECONDS, authenticate, forget_keys
from chaland.access.models import ApiKey
from chaland.access.operations import create_api_key, revoke_api_key
from chaland.access.types import Scope
from chaland.database.statements import fetch_all
from chaland.kernel.actor import SYSTEM, Actor
from chaland.kernel.clock import now
from chaland.kernel.errors import DomainError, InvalidInputError, NotFoundError
from chaland.kernel.ids import new_uuid, to_public
from tests.access.requests import request_with

pytestmark = pytest.mark.django_db

KEYS = "/api/v1/api-keys"


def make(**changes: Any) -> tuple[ApiKey, str]:
    wanted: dict[str, Any] = {"name": "shop", "scopes": ["orders:write"], "actor": SYSTEM}
    made = create_api_key(**wanted | changes, now=now())
    return ApiKey.objects.get(id=made.id), made.token


def test_the_secret_is_not_kept() -> None:
    key, token = make()
    secret = token.rsplit("_", 1)[-1] if token.count("_") == 2 else token.split("_", 2)[2]
    row = fetch_all("SELECT to_jsonb(access_api_key)::text FROM access_api_key")[0][0]
    audit = fetch_all("SELECT to_jsonb(access_audit_entry)::text FROM access_audit_entry")[0][0]
    assert secret not in row
    assert secret not in audit
    assert bytes(key.digest) not in token.encode()


def test_a_key_opens_the_door_as_what_it_is() -> None:
    key, token = make(organisations=["north"], locations=["shop-1"])
    actor = authenticate(request_with(f"Bearer {token}", request_id="req-1"))
    assert actor == Actor(
        kind="api_key",
        id=to_public("key", key.id),
        label="shop",
        scopes=frozenset({"orders:write"}),
        organisations=frozenset({"north"}),
        locations=frozenset({"shop-1"}),
        request_id="req-1",
    )


def test_without_limits_a_key_sees_everything() -> None:
    _, token = make()
    actor = authenticate(request_with(f"bearer {token}"))
    assert actor is not None
    assert (actor.organisations, actor.locations) == (None, None)


def test_an_empty_list_of_organisations_shows_nothing() -> None:
    _, token = make(organisations=[])
    actor = authenticate(request_with(f"Bearer {token}"))
    assert actor is not None
    assert actor.organisations == frozenset()


def test_the_secret_must_be_right_to_the_last_letter() -> None:
    _, token = make()
    wrong = token[:-1] + ("A" if token[-1] != "A" else "B")
    assert authenticate(request_with(f"Bearer {wrong}")) is None
    assert authenticate(request_with(f"Bearer {token}")) is not None
    assert authenticate(request_with(f"Bearer {wrong}")) is None


def test_an_expired_key_is_refused_even_when_it_was_just_seen(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _, token = make(expires_at=now() + timedelta(minutes=1))
    assert authenticate(request_with(f"Bearer {token}")) is not None
    later = now() + timedelta(minutes=2)
    monkeypatch.setattr(authentication, "clock_now", lambda: later)
    assert authenticate(request_with(f"Bearer {token}")) is None
    forget_keys()
    assert authenticate(request_with(f"Bearer {token}")) is None


def test_a_revoked_key_is_refused_after_five_seconds_at_most(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    key, token = make()
    assert authenticate(request_with(f"Bearer {token}")) is not None
    revoke_api_key(key_id=key.id, now=now(), actor=SYSTEM)
    moment = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: moment + CACHE_SECONDS + 0.01)
    assert authenticate(request_with(f"Bearer {token}")) is None


def test_a_key_seen_again_costs_no_query(django_assert_num_queries: Any) -> None:
    _, token = make()
    assert authenticate(request_with(f"Bearer {token}")) is not None
    with django_assert_num_queries(0):
        assert authenticate(request_with(f"Bearer {token}")) is not None


def test_last_use_is_noted_once_a_minute() -> None:
    key, token = make()
    authenticate(request_with(f"Bearer {token}"))
    first = ApiKey.objects.get(id=key.id).last_used_at
    assert first is not None
    forget_keys()
    authenticate(request_with(f"Bearer {token}"))
    assert ApiKey.objects.get(id=key.id).last_used_at == first
    ApiKey.objects.filter(id=key.id).update(last_used_at=first - timedelta(minutes=2))
    forget_keys()
    authenticate(request_with(f"Bearer {token}"))
    again = ApiKey.objects.get(id=key.id).last_used_at
    assert again is not None
    assert again >= first


def test_revoking_twice_is_harmless_and_noted_once() -> None:
    key, _ = make()
    for _attempt in range(2):
        revoke_api_key(key_id=key.id, now=now(), actor=SYSTEM)
    actions = fetch_all("SELECT action FROM access_audit_entry ORDER BY id")
    assert actions == [("access.create_api_key",), ("access.revoke_api_key",)]


def test_a_key_that_is_not_there_cannot_be_revoked() -> None:
    with pytest.raises(NotFoundError):
        revoke_api_key(key_id=new_uuid(), now=now(), actor=SYSTEM)


def test_unknown_scopes_and_past_ends_are_refused_together() -> None:
    with pytest.raises(InvalidInputError) as refusal:
        make(scopes=["orders:eat"], expires_at=now() - timedelta(days=1))
    assert {item.field for item in refusal.value.problems} == {"scopes", "expires_at"}
    assert ApiKey.objects.count() == 0


@pytest.mark.parametrize(
    "wanted",
    [
        {"scopes": ["orders:write"], "organisations": ["north"]},
        {"scopes": ["orders:read"], "organisations": ["north", "south"]},
        {"scopes": ["orders:read"], "organisations": None},
    ],
)
def test_a_key_cannot_be_given_more_than_its_maker_has(wanted: dict[str, Any]) -> None:
    maker = Actor(
        kind="api_key",
        id="key_maker",
        label="maker",
        scopes=frozenset({"orders:read", "access:admin"}),
        organisations=frozenset({"north"}),
    )
    make(scopes=["orders:read"], organisations=["north"], actor=maker)
    with pytest.raises(DomainError) as refusal:
        make(**wanted, actor=maker)
    assert refusal.value.code == "missing_scope"
    assert ApiKey.objects.count() == 1


def test_the_path_of_a_key_through_the_api(client: Client) -> None:
    body = {"name": "web shop", "scopes": [Scope.ACCESS_ADMIN], "reason": "new shop"}
    made = client.post(KEYS, body, content_type="application/json")
    assert made.status_code == 201
    shown = made.json()
    assert shown["token"].startswith(f"chl_{shown['prefix']}_")
    machine = Client(headers={"Authorization": f"Bearer {shown['token']}"})
    listed = machine.get(KEYS).json()
    assert [item["name"] for item in listed["items"]] == ["tests", "web shop"]
    assert all("token" not in item for item in listed["items"])
    revoked = client.post(f"{KEYS}/{shown['id']}/revoke", content_type="application/json")
    assert revoked.status_code == 200
    assert revoked.json()["revoked_at"]
    forget_keys()
    assert machine.get(KEYS).status_code == 401


def test_pages_hold_every_key_once(client: Client) -> None:
    for number in range(6):
        make(name=f"key {number}")
    url, names = f"{KEYS}?limit=3", []
    while url:
        page = client.get(url).json()
        names += [item["name"] for item in page["items"]]
        url = page["next"]
    assert names == ["tests", *(f"key {number}" for number in range(6))]
