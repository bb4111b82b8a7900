"""The audit log: every write, as it was, for good."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from chaland.access.operations import record_audit
from chaland.access.types import AuditFact, Json
from chaland.database.statements import execute, fetch_all
from chaland.kernel.actor import SYSTEM, Actor

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 20, 10, tzinfo=UTC)
ANN = Actor(kind="user", id="usr_ann", label="Ann", request_id="req-1")
LOG = "/api/v1/audit-log"


def fact(
    *, entity: str = "ord_1", actor: Actor = ANN, at: datetime = NOW, after: Json = None
) -> AuditFact:
    return AuditFact(
        actor=actor,
        action="orders.cancel",
        entity_type="order",
        entity_id=entity,
        at=at,
        before={"state": "open"},
        after=after,
        reason="asked by phone",
    )


@pytest.mark.parametrize(
    "after", ['{"state": "cancelled"}', b'{"state": "cancelled"}', {"state": "cancelled"}]
)
def test_a_line_holds_who_what_before_after_and_why(after: Json, client: Client) -> None:
    record_audit([fact(after=after)])
    [line] = client.get(f"{LOG}?entity_type=order").json()["items"]
    assert line.pop("id").startswith("aud_")
    assert line == {
        "at": "2026-11-20T10:00:00Z",
        "actor_kind": "user",
        "actor_id": "usr_ann",
        "actor_label": "Ann",
        "action": "orders.cancel",
        "entity_type": "order",
        "entity_id": "ord_1",
        "before": {"state": "open"},
        "after": {"state": "cancelled"},
        "reason": "asked by phone",
        "request_id": "req-1",
    }


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE access_audit_entry SET reason = ''",
        "DELETE FROM access_audit_entry",
        "TRUNCATE access_audit_entry",
    ],
)
def test_a_line_is_never_changed(statement: str) -> None:
    record_audit([fact()])
    execute("SET LOCAL chaland.truncate = ''")  # as outside the tests
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        execute(statement)
    assert fetch_all("SELECT reason FROM access_audit_entry") == [("asked by phone",)]


def test_the_log_is_filtered_and_paged_with_the_latest_first(client: Client) -> None:
    record_audit([fact(entity=f"ord_{number}") for number in range(5)])
    record_audit([fact(actor=SYSTEM, at=NOW + timedelta(days=1))])
    url, found = f"{LOG}?entity_type=order&actor=usr_ann&limit=2", []
    while url:
        page = client.get(url).json()
        found += [line["entity_id"] for line in page["items"]]
        url = page["next"]
    assert found == ["ord_4", "ord_3", "ord_2", "ord_1", "ord_0"]
    late = client.get(f"{LOG}?entity_type=order&since=2026-11-21T00:00:00Z").json()["items"]
    assert [line["actor_id"] for line in late] == ["chaland"]
    early = client.get(f"{LOG}?entity_id=ord_3&until=2026-11-20T11:00:00%2B01:00").json()["items"]
    assert early == []


def test_nothing_is_no_line() -> None:
    record_audit([])
    assert fetch_all("SELECT 1 FROM access_audit_entry") == []
