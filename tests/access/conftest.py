"""A client with a key that may do everything, over the real API."""

from collections.abc import Iterator

import pytest
from django.test import Client

from chaland.access.authentication import forget_keys
from chaland.access.operations import create_api_key
from chaland.access.types import Scope
from chaland.kernel.actor import SYSTEM
from chaland.kernel.clock import now


@pytest.fixture(autouse=True)
def _fresh_door() -> Iterator[None]:
    """Let no test profit from keys that another one has shown."""
    forget_keys()
    yield
    forget_keys()


@pytest.fixture
def client(db: None) -> Client:
    """Give a client that signs in with a key of every scope."""
    del db
    token = create_api_key(name="tests", scopes=list(Scope), now=now(), actor=SYSTEM).token
    return Client(headers={"Authorization": f"Bearer {token}"})
