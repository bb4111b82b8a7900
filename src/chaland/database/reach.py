"""Ask once, and not for long, whether the database answers."""

from typing import Any

import psycopg
from django.db import connection

PATIENCE_SECONDS = 5


def try_to_connect() -> None:
    """Open one connection outside the pool and close it.

    The pool would try again and again for as long as a request may wait; a person at a terminal
    wants to know at once. Raises `psycopg.OperationalError` with the reason.
    """
    parameters: dict[str, Any] = connection.get_connection_params()
    parameters.setdefault("connect_timeout", PATIENCE_SECONDS)
    psycopg.connect(**parameters).close()
