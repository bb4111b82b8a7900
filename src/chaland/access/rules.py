"""Which role may do what, and what a token looks like."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass

from chaland.access.types import Role, Scope

_READ_ALL = frozenset(scope for scope in Scope if scope.endswith(":read"))
_DAILY_READS = _READ_ALL - {Scope.AUDIT_READ}

ROLE_SCOPES: Mapping[Role, frozenset[Scope]] = {
    Role.ADMINISTRATOR: frozenset(Scope),
    Role.OPERATIONS: _READ_ALL
    | {
        Scope.ORDERS_WRITE,
        Scope.STOCK_WRITE,
        Scope.STOCK_ADMIN,
        Scope.STOCK_SHARE,
        Scope.STOCK_APPROVE,
        Scope.FULFILMENT_WRITE,
        Scope.NETWORK_WRITE,
        Scope.SOURCING_WRITE,
    },
    Role.CUSTOMER_SERVICE: _DAILY_READS
    | {Scope.ORDERS_WRITE, Scope.CUSTOMERS_WRITE, Scope.FULFILMENT_WRITE},
    Role.STORE_ASSOCIATE: frozenset(
        {
            Scope.FULFILMENT_READ,
            Scope.FULFILMENT_WRITE,
            Scope.STOCK_READ,
            Scope.STOCK_WRITE,
            Scope.CATALOG_READ,
            Scope.NETWORK_READ,
            Scope.ORDERS_READ,
        }
    ),
    Role.MERCHANT: frozenset(
        {
            Scope.FULFILMENT_READ,
            Scope.FULFILMENT_WRITE,
            Scope.STOCK_READ,
            Scope.STOCK_WRITE,
            Scope.STOCK_SHARE,
            Scope.STOCK_APPROVE,
            Scope.CATALOG_READ,
            Scope.NETWORK_READ,
            Scope.ORDERS_READ,
        }
    ),
}

SCOPED_ROLES = frozenset({Role.STORE_ASSOCIATE, Role.MERCHANT})
"""Roles that see only the organisations and locations named on the user: none named, none seen."""

_TOKEN = re.compile(r"chl_([0-9a-z]{12})_([A-Za-z0-9_-]{43})")


@dataclass(frozen=True, slots=True)
class Token:
    """The two parts of a token: the public prefix finds the key, the secret proves it."""

    prefix: str
    secret: str

    def __str__(self) -> str:
        return f"chl_{self.prefix}_{self.secret}"

    @property
    def digest(self) -> bytes:
        """What is kept of the secret: 256 random bits need no slow hash."""
        return hashlib.sha256(self.secret.encode()).digest()


def parse_token(text: str) -> Token | None:
    """Read a token; None when it does not look like one of ours."""
    match = _TOKEN.fullmatch(text)
    return Token(match[1], match[2]) if match else None


def scopes_of_role(role: str) -> frozenset[str]:
    """Return the scopes of a role."""
    return frozenset(scope.value for scope in ROLE_SCOPES[Role(role)])


def limits_of_user(
    role: str, organisations: frozenset[str], locations: frozenset[str]
) -> tuple[frozenset[str] | None, frozenset[str] | None]:
    """Return whose data a user sees: organisations and locations, None meaning all.

    A store associate or merchant without any is shut out rather than let in everywhere.
    """
    if role not in SCOPED_ROLES:
        return organisations or None, locations or None
    if locations and not organisations:
        return None, locations
    return organisations, locations or None
