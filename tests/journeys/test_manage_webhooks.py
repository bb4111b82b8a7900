"""An integrator sets up a webhook through the API, and every change of it is in the audit log."""

from typing import Any

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from chaland.access.operations import create_api_key
from chaland.access.types import Scope
from chaland.kernel.actor import SYSTEM
from chaland.kernel.clock import now
from chaland.outbox.operations import deliver_next, fan_out, publish
from chaland.outbox.transport import Reply
from tests.outbox.facts import moved

pytestmark = pytest.mark.django_db(transaction=True)

HOOKS = "/api/v1/webhook-endpoints"
URL = "https://hooks.example.com/chaland"


def client_with(**limits: Any) -> Client:
    token = create_api_key(
        name="integrator", scopes=list(Scope), now=now(), actor=SYSTEM, **limits
    ).token
    return Client(headers={"Authorization": f"Bearer {token}"})


@pytest.fixture
def client() -> Client:
    return client_with()


def post(client: Client, path: str, body: Any = None, **headers: str) -> Any:
    return client.post(path, body or {}, content_type="application/json", headers=headers)


def test_the_life_of_an_endpoint(client: Client) -> None:
    made = post(client, HOOKS, {"url": URL, "event_types": ["barge.*"], "reason": "new ERP"})
    assert made.status_code == 201
    hook = made.json()
    assert hook.pop("secret").startswith("whsec_")
    path = f"{HOOKS}/{hook['id']}"
    read = client.get(path)
    assert read.json() == hook
    assert read.headers["ETag"] == '"1"'

    changed = client.patch(
        path,
        {"description": "the ERP", "reason": "named"},
        content_type="application/json",
        headers={"If-Match": '"1"'},
    )
    assert (changed.status_code, changed.json()["description"]) == (200, "the ERP")
    stale = client.patch(
        path, {"active": False}, content_type="application/json", headers={"If-Match": '"1"'}
    )
    assert stale.status_code == 412

    publish([moved("1")], actor=SYSTEM)
    fan_out(now=now())
    assert deliver_next(post=lambda *_, **__: Reply(status=500, latency_ms=3), clock=now)
    [delivery] = client.get(f"{path}/deliveries").json()["items"]
    assert (delivery["state"], delivery["last_status"]) == ("pending", 500)
    detail = client.get(f"/api/v1/webhook-deliveries/{delivery['id']}").json()
    assert [attempt["error"] for attempt in detail["log"]] == ["HTTP 500"]
    retried = post(client, f"/api/v1/webhook-deliveries/{delivery['id']}/retry")
    assert retried.json()["attempts"] == 0
    replayed = post(client, f"{path}/replay", {"since": "2026-01-01T00:00:00Z"})
    assert replayed.json() == {"events": 1}
    assert post(client, f"{path}/rotate-secret").json()["secret"].startswith("whsec_")

    assert client.delete(path).status_code == 204
    assert client.get(path).status_code == 404
    assert client.get(HOOKS).json() == {"items": [], "next": None}
    log = client.get("/api/v1/audit-log", {"entity_type": "webhook_endpoint"}).json()["items"]
    assert [line["action"] for line in reversed(log)] == [
        "webhooks.create_endpoint",
        "webhooks.update_endpoint",
        "webhooks.retry_delivery",
        "webhooks.replay",
        "webhooks.rotate_secret",
        "webhooks.delete_endpoint",
    ]
    assert log[-1]["reason"] == "new ERP"
    assert log[-2]["before"]["description"] == ""
    assert log[-2]["after"]["description"] == "the ERP"
    assert all("whsec_" not in str(line) for line in log)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"url": "http://hooks.example.com/"}, "url"),
        ({"url": "https://169.254.169.254/latest"}, "url"),
        ({"event_types": ["Order Placed"]}, "event_types[0]"),
        ({"event_types": "order.placed"}, "event_types"),
        ({"colour": "blue"}, "colour"),
    ],
)
def test_bad_input_makes_no_endpoint(
    client: Client, change: dict[str, Any], field: str, settings: Settings
) -> None:
    settings.CHALAND_WEBHOOK_ALLOW_PRIVATE = False
    refused = post(client, HOOKS, {"url": URL} | change)
    assert refused.status_code == 422
    assert [error["field"] for error in refused.json()["errors"]] == [field]
    assert client.get(HOOKS).json()["items"] == []


def test_a_key_limited_to_some_organisations_may_not_listen_to_all() -> None:
    refused = post(client_with(organisations=["north"]), HOOKS, {"url": URL})
    assert (refused.status_code, refused.json()["code"]) == (403, "limited_key")


def test_sending_twice_makes_one_endpoint(client: Client) -> None:
    first, second = (
        post(client, HOOKS, {"url": URL}, **{"Idempotency-Key": "k-1"}).json() for _ in range(2)
    )
    assert first == second
    assert len(client.get(HOOKS).json()["items"]) == 1


def test_deliveries_come_in_pages_and_by_state(client: Client) -> None:
    hook = post(client, HOOKS, {"url": URL}).json()
    publish([moved(number, stream=f"barge:{number}") for number in range(5)], actor=SYSTEM)
    fan_out(now=now())
    while deliver_next(post=lambda *_, **__: Reply(status=204, latency_ms=1), clock=now):
        pass
    url, seen = f"{HOOKS}/{hook['id']}/deliveries?state=delivered&limit=2", []
    while url:
        page = client.get(url).json()
        seen += [item["subject"] for item in page["items"]]
        url = page["next"]
    assert seen == [f"barge:{number}" for number in reversed(range(5))]
    assert client.get(f"{HOOKS}/{hook['id']}/deliveries?state=dead").json()["items"] == []
    assert client.get(f"{HOOKS}/{hook['id']}/deliveries?state=lost").status_code == 422
