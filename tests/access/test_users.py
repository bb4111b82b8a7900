"""Users: let in, changed, shut out; never without anybody who can let others in."""

from typing import Any
from uuid import UUID

import pytest
from django.test import Client

from chaland.access import queries
from chaland.access.models import User
from chaland.access.operations import create_user, update_user
from chaland.access.types import Role
from chaland.database.statements import fetch_all
from chaland.kernel.actor import SYSTEM
from chaland.kernel.clock import now
from chaland.kernel.errors import ConflictError, InvalidInputError, NotFoundError
from chaland.kernel.ids import new_uuid, to_public

pytestmark = pytest.mark.django_db

USERS = "/api/v1/users"
PASSWORD = "a barge full of barley"


def make(email: str = "ann@example.com", role: str = Role.ADMINISTRATOR, **more: Any) -> UUID:
    return create_user(email=email, display_name="Ann", role=role, now=now(), actor=SYSTEM, **more)


def change(user_id: UUID, **changes: Any) -> int:
    return update_user(user_id=user_id, changes=changes, now=now(), actor=SYSTEM)


def test_a_user_signs_in_whatever_the_case_of_the_address(client: Client) -> None:
    make("Ann@Example.com", password=PASSWORD)
    browser = Client()
    form = {"login": "ANN@example.COM", "password": PASSWORD}
    response = browser.post("/accounts/login/", form)
    assert response.status_code == 302, response.content
    assert "_auth_user_id" in browser.session
    assert "_auth_user_id" not in client.session


def test_an_address_signs_in_one_person_only() -> None:
    make()
    with pytest.raises(ConflictError) as refusal:
        make("ANN@example.com")
    assert refusal.value.code == "email_taken"
    assert User.objects.count() == 1


@pytest.mark.parametrize("password", ["short", "password1234", "ann@example.com"])
def test_a_weak_password_is_refused(password: str) -> None:
    with pytest.raises(InvalidInputError) as refusal:
        make(password=password)
    assert refusal.value.problems[0].field == "password"
    assert User.objects.count() == 0


def test_the_password_is_kept_as_a_slow_hash_and_not_in_the_audit_log() -> None:
    make(password=PASSWORD)
    [(kept,)] = fetch_all("SELECT password FROM access_user")
    [(audit,)] = fetch_all("SELECT after::text FROM access_audit_entry")
    assert PASSWORD not in kept
    assert "password" not in audit


def test_a_user_without_password_cannot_sign_in_by_one() -> None:
    user = User.objects.get(id=make())
    assert not user.has_usable_password()


def test_an_actor_of_a_user_has_the_rights_of_the_role() -> None:
    user = User.objects.get(id=make(role=Role.STORE_ASSOCIATE, locations=["shop-1"]))
    actor = queries.actor_of_user(user, "req-1")
    assert (actor.kind, actor.label, actor.request_id) == ("user", "Ann", "req-1")
    assert actor.id == to_public("usr", user.id)
    assert actor.locations == frozenset({"shop-1"})
    assert actor.may("fulfilment:write")
    assert not actor.may("access:admin")


def test_a_store_associate_without_a_shop_sees_no_shop() -> None:
    user = User.objects.get(id=make(role=Role.STORE_ASSOCIATE))
    actor = queries.actor_of_user(user, "")
    assert not actor.may_see_location(organisation="north", location="shop-1")


def test_a_change_is_noted_with_before_and_after() -> None:
    user = make(role=Role.OPERATIONS)
    assert change(user, display_name="Anna", language="en") == 2
    [(before, after)] = fetch_all(
        "SELECT before->>'display_name', after->>'display_name' FROM access_audit_entry"
        " WHERE action = 'access.update_user'"
    )
    assert (before, after) == ("Ann", "Anna")


def test_no_change_is_no_new_version() -> None:
    user = make(role=Role.OPERATIONS)
    assert change(user, display_name="Ann") == 1
    assert len(fetch_all("SELECT 1 FROM access_audit_entry")) == 1


@pytest.mark.parametrize("changes", [{"role": "operations"}, {"is_active": False}])
def test_the_last_administrator_stays(changes: dict[str, Any]) -> None:
    user = make()
    with pytest.raises(ConflictError) as refusal:
        change(user, **changes)
    assert refusal.value.code == "last_administrator"
    make("bob@example.com")
    assert change(user, **changes) == 2


def test_a_stale_version_is_refused() -> None:
    user = make()
    change(user, display_name="Anna")
    with pytest.raises(ConflictError) as refusal:
        update_user(
            user_id=user,
            changes={"display_name": "Annie"},
            expected_version=1,
            now=now(),
            actor=SYSTEM,
        )
    assert refusal.value.code == "version_mismatch"


def test_unknown_user_and_unknown_role() -> None:
    with pytest.raises(NotFoundError):
        change(new_uuid(), display_name="x")
    with pytest.raises(InvalidInputError):
        change(make(), role="captain")


def test_a_deactivated_user_is_signed_out_at_once() -> None:
    make("boss@example.com")
    user = make(password=PASSWORD, role=Role.OPERATIONS)
    browser = Client()
    browser.force_login(
        User.objects.get(id=user), "allauth.account.auth_backends.AuthenticationBackend"
    )
    other = Client()
    other.force_login(
        User.objects.get(email="boss@example.com"),
        "allauth.account.auth_backends.AuthenticationBackend",
    )
    change(user, is_active=False)
    kept = [data for (data,) in fetch_all("SELECT session_key FROM django_session")]
    assert kept == [other.session.session_key]


def test_the_path_of_a_user_through_the_api(client: Client) -> None:
    body = {"email": "Ann@example.com", "display_name": "Ann", "role": "merchant"}
    made = client.post(USERS, body, content_type="application/json")
    assert made.status_code == 201
    shown = made.json()
    assert (shown["email"], shown["organisations"]) == ("ann@example.com", [])
    read = client.get(f"{USERS}/{shown['id']}")
    assert read.headers["ETag"] == '"1"'
    wanted = {"organisations": ["north"], "reason": "joined"}
    changed = client.patch(
        f"{USERS}/{shown['id']}",
        wanted,
        content_type="application/json",
        headers={"If-Match": '"1"'},
    )
    assert changed.json()["organisations"] == ["north"]
    assert changed.headers["ETag"] == '"2"'
    stale = client.patch(
        f"{USERS}/{shown['id']}",
        {"language": "en"},
        content_type="application/json",
        headers={"If-Match": '"1"'},
    )
    assert (stale.status_code, stale.json()["code"]) == (412, "version_mismatch")
    assert [item["email"] for item in client.get(USERS).json()["items"]] == ["ann@example.com"]


def test_null_is_not_left_out(client: Client) -> None:
    user = to_public("usr", make(role=Role.OPERATIONS))
    response = client.patch(f"{USERS}/{user}", {"role": None}, content_type="application/json")
    assert response.status_code == 422
    assert response.json()["errors"][0]["field"] == "role"
