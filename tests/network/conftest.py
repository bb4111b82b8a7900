"""A group with a franchisee, a shop of each, and short ways to write."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from chaland.kernel.actor import SYSTEM, Actor
from chaland.kernel.outcomes import WriteOutcome
from chaland.network import operations
from chaland.network.types import (
    ChannelDraft,
    ChannelKind,
    LocationDraft,
    LocationKind,
    OrganisationDraft,
    OrganisationKind,
)

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)

Write = Callable[..., list[WriteOutcome]]


def location_draft(code: str = "shop-1", **changes: Any) -> LocationDraft:
    """Return a shop of the group in Lyon, with these *changes*."""
    values: dict[str, Any] = {
        "code": code,
        "name": f"Shop {code}",
        "kind": LocationKind.STORE,
        "organisation": "maison",
        "country": "FR",
        "postal_code": "69002",
        "city": "Lyon",
    }
    return LocationDraft(**{**values, **changes})


def channel_draft(code: str = "web", **changes: Any) -> ChannelDraft:
    """Return a French web channel, with these *changes*."""
    values: dict[str, Any] = {
        "code": code,
        "name": "Web",
        "kind": ChannelKind.WEB,
        "currency": "EUR",
        "countries": frozenset({"FR"}),
    }
    return ChannelDraft(**{**values, **changes})


@pytest.fixture
def organisations(db: None) -> None:  # noqa: ARG001 - it needs the tables
    """Write the group and its franchisee."""
    operations.upsert_organisations(
        drafts=[
            OrganisationDraft(
                code="maison", name="Maison", kind=OrganisationKind.GROUP, country="FR"
            ),
            OrganisationDraft(
                code="nord",
                name="Nord",
                kind=OrganisationKind.FRANCHISEE,
                country="FR",
                parent="maison",
            ),
        ],
        now=NOW,
        actor=SYSTEM,
    )


@pytest.fixture
def shops(organisations: None) -> None:  # noqa: ARG001 - it needs their rows
    """Write two shops of the group and one of the franchisee."""
    operations.upsert_locations(
        drafts=[
            location_draft("shop-1"),
            location_draft("shop-2", postal_code="75001", city="Paris"),
            location_draft("shop-nord", organisation="nord", postal_code="59000", city="Lille"),
        ],
        now=NOW,
        actor=SYSTEM,
    )


@pytest.fixture
def franchisee() -> Actor:
    """Return somebody who may write for the franchisee only."""
    return Actor(
        kind="api_key",
        id="key_nord",
        label="Nord",
        scopes=frozenset({"network:read", "network:write"}),
        organisations=frozenset({"nord"}),
    )
