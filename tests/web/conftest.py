"""A client with a key that may do everything, over the real API."""

from collections.abc import Iterator

import pytest
from django.test import Client

from chaland.access.authentication import forget_keys
from chaland.access.operations import create_api_key
from chaland.access.types import Scope
from chaland.kernel.actor import SYSTEM
from chaland.kernel.clock import now
from chaland.web.rate_limits import forget_rates


@pytest.fixture(autouse=True)
def _fresh_door() -> Iterator[None]:
    """Let no test profit from keys or counts of the one before."""
    forget_keys()
    forget_rates()
    yield
    forget_keys()
    forget_rates()


@pytest.fixture
def key(db: None) -> str:
    """Give the token of a key with every scope."""
    del db
    return create_api_key(name="tests", scopes=list(Scope), now=now(), actor=SYSTEM).token


@pytest.fixture
def client(key: str) -> Client:
    """Give a client that signs in by that key."""
    return Client(headers={"Authorization": f"Bearer {key}"}, raise_request_exception=False)
