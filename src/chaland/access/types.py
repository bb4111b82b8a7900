"""What other rooms see of users, keys and the audit log."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from chaland.kernel.actor import Actor


class Role(StrEnum):
    """What a person does here."""

    ADMINISTRATOR = "administrator"
    OPERATIONS = "operations"
    CUSTOMER_SERVICE = "customer_service"
    STORE_ASSOCIATE = "store_associate"
    MERCHANT = "merchant"


class Scope(StrEnum):
    """What a key or a person may do."""

    ORDERS_READ = "orders:read"
    ORDERS_WRITE = "orders:write"
    STOCK_READ = "stock:read"
    STOCK_WRITE = "stock:write"
    STOCK_ADMIN = "stock:admin"
    STOCK_SHARE = "stock:share"
    STOCK_APPROVE = "stock:approve"
    CATALOG_READ = "catalog:read"
    CATALOG_WRITE = "catalog:write"
    NETWORK_READ = "network:read"
    NETWORK_WRITE = "network:write"
    CUSTOMERS_READ = "customers:read"
    CUSTOMERS_WRITE = "customers:write"
    FULFILMENT_READ = "fulfilment:read"
    FULFILMENT_WRITE = "fulfilment:write"
    SOURCING_READ = "sourcing:read"
    SOURCING_WRITE = "sourcing:write"
    PROMISES_READ = "promises:read"
    EVENTS_READ = "events:read"
    WEBHOOKS_WRITE = "webhooks:write"
    ACCESS_ADMIN = "access:admin"
    AUDIT_READ = "audit:read"


Json = str | bytes | dict[str, object] | list[object] | None
"""A value for the audit log; text and bytes are taken as JSON already encoded."""


@dataclass(frozen=True, slots=True)
class AuditFact:
    """One write: who did what to which thing, how it was before and after, and why.

    ``action`` is ``room.verb`` (``orders.cancel``); ``entity_id`` is the public id or code.
    """

    actor: Actor
    action: str
    entity_type: str
    entity_id: str
    at: datetime
    before: Json = None
    after: Json = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class NewApiKey:
    """A key that was just made; ``token`` is shown this once and kept nowhere."""

    id: UUID
    token: str


@dataclass(frozen=True, slots=True)
class ApiKeyView:
    """An API key without its secret. None for organisations or locations means all of them."""

    id: str
    name: str
    prefix: str
    scopes: tuple[str, ...]
    organisations: tuple[str, ...] | None
    locations: tuple[str, ...] | None
    created_by: str
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True)
class UserView:
    """A person who signs in. None for organisations or locations means all of them."""

    id: str
    email: str
    display_name: str
    language: str
    role: Role
    organisations: tuple[str, ...] | None
    locations: tuple[str, ...] | None
    is_active: bool
    created_at: datetime
    last_login: datetime | None
    version: int


@dataclass(frozen=True, slots=True)
class AuditEntryView:
    """A line of the audit log; ``before`` and ``after`` are decoded JSON."""

    id: str
    at: datetime
    actor_kind: str
    actor_id: str
    actor_label: str
    action: str
    entity_type: str
    entity_id: str
    before: object
    after: object
    reason: str
    request_id: str
