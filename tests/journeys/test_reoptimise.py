"""Orders that wait for their release are assigned together: what changes, and what must not."""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from django.db import transaction
from django.test import override_settings
from typer.testing import CliRunner

from chaland.cli.application import build
from chaland.database.statements import execute
from chaland.journeys.reoptimise import Reoptimising, reoptimise, running, switched_on
from chaland.journeys.reoptimise.applying import Change, apply_changes
from chaland.kernel import clock
from chaland.kernel.actor import SYSTEM, Actor
from chaland.network import operations as network_operations
from chaland.network.types import ChannelDraft, ChannelKind, NetworkSnapshot
from chaland.sourcing.types import JointStatus
from tests.journeys.conftest import Build
from tests.journeys.test_site_work import counts, read, types_told
from tests.retailer import Retailer

HOW = Reoptimising(channels=None, seconds=30, least_saving=Decimal("0.10"))
STOCK = {"LAMP": {"WH": 1, "SHOP-LYON": 1}, "CHAIR": {"WH": 1}}


def let_orders_wait(minutes: int = 120) -> None:
    """Have the channel tell sites only after a while."""
    with transaction.atomic():
        network_operations.upsert_channels(
            drafts=[
                ChannelDraft(
                    code="web",
                    name="Web",
                    kind=ChannelKind.WEB,
                    currency="EUR",
                    countries=frozenset({"FR"}),
                    release_delay_minutes=minutes,
                )
            ],
            now=clock.now(),
            actor=SYSTEM,
        )


def crossed(build_retailer: Build) -> tuple[Retailer, str, str]:
    """Place two orders of which the first took what the second needs to come in one parcel."""
    retailer = build_retailer(STOCK)
    let_orders_wait()
    first = retailer.place({"LAMP": 1})
    second = retailer.place({"LAMP": 1, "CHAIR": 1})
    assert sites(first) == ["WH"]
    assert sites(second) == ["SHOP-LYON", "WH"]
    # The customer was promised more than the nearest site needs.
    execute("UPDATE orders_order SET promise_latest = promise_latest + interval '5 days'")
    return retailer, first["id"], second["id"]


def sites(order: dict[str, list[dict[str, str]]]) -> list[str]:
    """Return where the order comes from."""
    return sorted(
        part["location"]
        for part in order["fulfilment_orders"]
        if part["state"] not in {"cancelled", "refused"}
    )


def test_an_order_makes_room_for_one_that_then_comes_in_one_parcel(
    build_retailer: Build,
) -> None:
    retailer, first, second = crossed(build_retailer)

    run = reoptimise(HOW, now=clock.now(), actor=SYSTEM)

    assert run is not None
    assert (run.status, run.orders, run.changed) == (JointStatus.OPTIMAL, 2, 2)
    assert run.gap == 0
    assert run.saved == run.cost_before - run.cost_after > 0
    assert sites(read(retailer.client, first)) == ["SHOP-LYON"]
    assert sites(read(retailer.client, second)) == ["WH"]
    assert counts("LAMP", "WH") == (1, 1, 0)
    assert counts("LAMP", "SHOP-LYON") == (1, 1, 0)
    assert counts("CHAIR", "WH") == (1, 1, 0)
    retailer.assert_stock_is_true()
    assert "order.reassigned" in types_told(first)
    assert "fulfilment_order.planned" in types_told(first)
    decisions = retailer.client.get(f"/orders/{second}/decisions").body["items"]
    assert [item["kind"] for item in decisions] == ["placement", "reoptimised"]
    again = reoptimise(HOW, now=clock.now(), actor=SYSTEM)
    assert again is not None
    assert (again.status, again.changed) == (JointStatus.UNCHANGED, 0)


def test_a_dry_run_changes_and_keeps_nothing(build_retailer: Build) -> None:
    retailer, first, second = crossed(build_retailer)

    run = reoptimise(HOW, now=clock.now(), actor=SYSTEM, dry_run=True)

    assert run is not None
    assert (run.proposed, run.changed, run.saved) == (2, 0, Decimal(0))
    assert sites(read(retailer.client, first)) == ["WH"]
    assert sites(read(retailer.client, second)) == ["SHOP-LYON", "WH"]
    assert retailer.client.get("/reoptimisations").body["items"] == []


def test_a_promise_is_kept(build_retailer: Build) -> None:
    retailer, first, second = crossed(build_retailer)
    # From Lyon it takes a day more than from Orléans: the first order would be late.
    execute("UPDATE orders_order SET promise_latest = promise_latest - interval '5 days'")

    run = reoptimise(HOW, now=clock.now(), actor=SYSTEM)

    assert run is not None
    assert (run.status, run.proposed) == (JointStatus.UNCHANGED, 0)
    assert sites(read(retailer.client, first)) == ["WH"]
    assert sites(read(retailer.client, second)) == ["SHOP-LYON", "WH"]


def test_what_is_released_or_about_to_be_stays(build_retailer: Build) -> None:
    retailer, first, _ = crossed(build_retailer)
    (part,) = read(retailer.client, first)["fulfilment_orders"]
    retailer.client.post(f"/fulfilment-orders/{part['id']}/release")

    run = reoptimise(HOW, now=clock.now(), actor=SYSTEM)
    late = reoptimise(HOW, now=clock.now() + timedelta(minutes=120, seconds=-10), actor=SYSTEM)

    assert run is not None
    assert (run.orders, run.changed) == (1, 0)
    assert late is None


def test_an_order_that_moved_meanwhile_leaves_its_whole_group_as_it_is(
    build_retailer: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    retailer, first, second = crossed(build_retailer)
    sizes = []

    def after_a_cancellation(
        changes: Sequence[Change], network: NetworkSnapshot, *, now: datetime, actor: Actor
    ) -> bool:
        sizes.append(len(changes))
        retailer.client.post(f"/orders/{second}/cancel", {"reason": "changed mind"})
        return apply_changes(changes, network, now=now, actor=actor)

    monkeypatch.setattr(running, "apply_changes", after_a_cancellation)
    run = reoptimise(HOW, now=clock.now(), actor=SYSTEM)

    assert sizes == [2]
    assert run is not None
    assert (run.proposed, run.changed, run.saved) == (2, 0, Decimal(0))
    assert sites(read(retailer.client, first)) == ["WH"]
    assert read(retailer.client, second)["state"] == "cancelled"
    retailer.assert_stock_is_true()


def test_only_channels_that_are_switched_on_are_looked_at(build_retailer: Build) -> None:
    crossed(build_retailer)
    with override_settings(CHALAND_REOPTIMISE_CHANNELS=["store"]):
        how = switched_on()
    assert how is not None
    assert reoptimise(how, now=clock.now(), actor=SYSTEM) is None

    with override_settings(CHALAND_REOPTIMISE_CHANNELS=[]):
        assert switched_on() is None


def test_the_command_and_the_route_tell_what_it_saved(build_retailer: Build) -> None:
    retailer, _, _ = crossed(build_retailer)
    command = ["sourcing", "reoptimise", "--least-saving", "0.10", "--json"]

    tried = CliRunner().invoke(build(), [*command, "--dry-run"])
    done = CliRunner().invoke(build(), command)
    wrong = CliRunner().invoke(build(), ["sourcing", "reoptimise", "--least-saving", "much"])

    assert (tried.exit_code, done.exit_code, wrong.exit_code) == (0, 0, 2)
    assert json.loads(tried.stdout)["run"]["proposed"] == 2
    run = json.loads(done.stdout)["run"]
    assert (run["status"], run["changed"], run["gap"]) == ("optimal", 2, 0)
    (told,) = retailer.client.get("/reoptimisations").body["items"]
    assert told["saved"] == run["saved"]
    assert told["orders"] == 2
    limited = retailer.key(["sourcing:read"], organisations=["nord"])
    assert limited.get("/reoptimisations").status == 403
