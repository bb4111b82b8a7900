"""A request that is sent again is executed once and gets the same answer."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client

from chaland.access.operations import create_api_key
from chaland.access.types import Scope
from chaland.database.statements import execute, fetch_all
from chaland.kernel.actor import SYSTEM
from chaland.kernel.clock import now
from chaland.web.idempotency import (
    Answer,
    Claim,
    claim,
    insert_answers,
    lookup,
    purge,
    store_answers,
)
from chaland.web.tasks import forget_answers

KEYS = "/api/v1/api-keys"
BODY: dict[str, Any] = {"name": "web shop", "scopes": ["orders:write"]}
SAME = bytes(32)
OTHER = b"x" * 32


def send(client: Client, body: Any = BODY, key: str | None = "k-1", path: str = KEYS) -> Any:
    headers = {} if key is None else {"Idempotency-Key": key}
    return client.post(path, json.dumps(body), content_type="application/json", headers=headers)


def names() -> list[str]:
    return [name for (name,) in fetch_all("SELECT name FROM access_api_key ORDER BY id")]


@pytest.mark.django_db
def test_the_same_request_is_executed_once(client: Client) -> None:
    first, second = send(client), send(client)
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.content == second.content
    assert "Idempotency-Replayed" not in first.headers
    assert second.headers["Idempotency-Replayed"] == "true"
    assert second.headers["Content-Type"] == "application/json"
    assert names() == ["tests", "web shop"]


@pytest.mark.django_db
def test_without_a_key_each_request_is_a_new_one(client: Client) -> None:
    assert send(client, key=None).json()["id"] != send(client, key=None).json()["id"]


@pytest.mark.django_db
def test_the_same_key_with_another_body_is_refused(client: Client) -> None:
    send(client)
    response = send(client, BODY | {"name": "other"})
    assert response.status_code == 409
    assert response.json()["code"] == "idempotency_conflict"
    assert names() == ["tests", "web shop"]


@pytest.mark.django_db
def test_the_same_key_at_another_address_is_refused(client: Client) -> None:
    one, two = (send(client, key=None).json()["id"] for _ in range(2))
    assert send(client, {}, path=f"{KEYS}/{one}/revoke").status_code == 200
    response = send(client, {}, path=f"{KEYS}/{two}/revoke")
    assert response.json()["code"] == "idempotency_conflict"
    assert client.get(KEYS).json()["items"][-1]["revoked_at"] is None


@pytest.mark.django_db
def test_keys_of_two_principals_do_not_meet(client: Client) -> None:
    send(client)
    other = create_api_key(name="other", scopes=list(Scope), now=now(), actor=SYSTEM).token
    response = send(Client(headers={"Authorization": f"Bearer {other}"}))
    assert response.status_code == 201
    assert "Idempotency-Replayed" not in response.headers


@pytest.mark.django_db
def test_a_refusal_by_a_rule_is_kept(client: Client) -> None:
    user = {"email": "a@example.com", "display_name": "A", "role": "operations"}
    assert send(client, user, key="k-1", path="/api/v1/users").status_code == 201
    first = send(client, user, key="k-2", path="/api/v1/users")
    execute("UPDATE access_user SET email = 'z@example.com'")
    second = send(client, user, key="k-2", path="/api/v1/users")
    assert (first.status_code, second.status_code) == (409, 409)
    assert first.content == second.content
    assert second.headers["Content-Type"] == "application/problem+json"


@pytest.mark.django_db
def test_invalid_input_may_be_mended_under_the_same_key(client: Client) -> None:
    assert send(client, BODY | {"expires_at": "2020-01-01T00:00:00Z"}).status_code == 422
    assert send(client, BODY | {"name": 1}).status_code == 422
    assert send(client).status_code == 201


@pytest.mark.django_db
def test_headers_are_given_again(client: Client) -> None:
    user = {"email": "a@example.com", "display_name": "A", "role": "operations"}
    made = send(client, user, path="/api/v1/users").json()["id"]
    change = json.dumps({"display_name": "B"})
    answers = [
        client.patch(
            f"/api/v1/users/{made}",
            change,
            content_type="application/json",
            headers={"Idempotency-Key": "k-9"},
        )
        for _ in range(2)
    ]
    assert [answer.headers["ETag"] for answer in answers] == ['"2"', '"2"']
    assert answers[0].json()["display_name"] == "B"
    assert answers[0].content == answers[1].content


@pytest.mark.django_db
@pytest.mark.parametrize("sent", ["", " ", "a b", "é", "x" * 256])
def test_a_key_that_is_none(client: Client, sent: str) -> None:
    response = send(client, key=sent)
    assert response.status_code == 422
    assert response.json()["errors"][0]["field"] == "Idempotency-Key"
    assert names() == ["tests"]


@pytest.mark.concurrency
@pytest.mark.django_db(transaction=True)
def test_twenty_clients_at_once_execute_once() -> None:
    token = create_api_key(name="tests", scopes=list(Scope), now=now(), actor=SYSTEM).token
    barrier = threading.Barrier(20)

    def one(_: int) -> tuple[int, bytes]:
        client = Client(headers={"Authorization": f"Bearer {token}"})
        barrier.wait()
        try:
            response = send(client)
            return response.status_code, response.content
        finally:
            connection.close()

    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(one, range(20)))
    assert len(set(answers)) == 1
    assert answers[0][0] == 201
    assert names() == ["tests", "web shop"]


def answer(key: str, *, principal: str = "key_a", body: bytes = b"{}") -> Answer:
    return Answer(principal, key, SAME, 201, body)


@pytest.mark.django_db
def test_answers_are_inserted_once_and_found_again() -> None:
    assert insert_answers([answer("b"), answer("a", body=b"first")]) == {
        ("key_a", "a"),
        ("key_a", "b"),
    }
    assert insert_answers([answer("a", body=b"second"), answer("c")]) == {("key_a", "c")}
    found = lookup([("key_a", "a"), ("key_a", "c"), ("key_b", "a"), ("key_a", "zz")])
    assert set(found) == {("key_a", "a"), ("key_a", "c")}
    assert found["key_a", "a"].body == b"first"
    assert found["key_a", "a"].request_hash == SAME
    assert found["key_a", "a"].status == 201


@pytest.mark.django_db
def test_a_key_twice_in_one_batch_is_inserted_once() -> None:
    assert insert_answers([answer("a", body=b"1"), answer("a", body=b"2")]) == {("key_a", "a")}
    assert len(fetch_all("SELECT 1 FROM web_idempotency_record")) == 1


@pytest.mark.django_db
def test_nothing_is_no_statement() -> None:
    assert insert_answers([]) == set()
    assert lookup([]) == {}


@pytest.mark.django_db
def test_claims_are_completed_with_answers() -> None:
    wanted = [Claim("key_a", key, SAME) for key in ("b", "a")]
    assert claim(wanted) == {("key_a", "a"): None, ("key_a", "b"): None}
    store_answers([answer("a", body=b"done")])
    again = claim([Claim("key_a", "a", OTHER), Claim("key_a", "c", OTHER)])
    assert again["key_a", "c"] is None
    stored = again["key_a", "a"]
    assert stored is not None
    assert (stored.status, stored.body, stored.request_hash) == (201, b"done", SAME)


@pytest.mark.concurrency
@pytest.mark.django_db(transaction=True)
def test_batches_in_opposite_orders_do_not_lock_each_other_out() -> None:
    keys = [f"k-{number:03}" for number in range(200)]

    def write(order: list[str]) -> int:
        try:
            with transaction.atomic():
                return len(insert_answers([answer(key) for key in order]))
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        counts = list(pool.map(write, [keys, keys[::-1]] * 8))
    assert sum(counts) == len(keys)


@pytest.mark.django_db
def test_old_answers_are_forgotten_and_young_ones_kept() -> None:
    insert_answers([answer("old"), answer("young")])
    moment = now()
    execute(
        "UPDATE web_idempotency_record SET created_at = %s WHERE key = 'old'",
        [moment - timedelta(hours=49)],
    )
    assert purge(before=moment - timedelta(hours=48)) == 1
    assert set(lookup([("key_a", "old"), ("key_a", "young")])) == {("key_a", "young")}


@pytest.mark.django_db
def test_an_answer_that_shows_a_secret_is_kept_encrypted(client: Client) -> None:
    first, second = send(client), send(client)
    token = first.json()["token"]
    assert second.json()["token"] == token
    [(kept,)] = fetch_all("SELECT body FROM web_idempotency_record")
    assert token.encode() not in bytes(kept)
    assert first.json()["id"].encode() not in bytes(kept)


@pytest.mark.django_db
def test_the_hourly_task_keeps_what_the_interface_promises() -> None:
    insert_answers([answer("old"), answer("a day old")])
    for key, age in (("old", timedelta(days=3)), ("a day old", timedelta(hours=25))):
        execute(
            "UPDATE web_idempotency_record SET created_at = %s WHERE key = %s", [now() - age, key]
        )
    forget_answers(0)
    assert set(lookup([("key_a", "old"), ("key_a", "a day old")])) == {("key_a", "a day old")}
