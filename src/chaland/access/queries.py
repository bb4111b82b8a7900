"""Reads of users, keys and the audit log."""

from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from chaland.access.models import ApiKey, AuditEntry, User
from chaland.access.rules import limits_of_user, scopes_of_role
from chaland.access.types import ApiKeyView, AuditEntryView, Role, UserView
from chaland.kernel.actor import Actor
from chaland.kernel.errors import NotFoundError
from chaland.kernel.ids import InvalidPublicIdError, from_public, to_public


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditFilter:
    """Which lines of the audit log; empty text and None leave a condition out."""

    entity_type: str = ""
    entity_id: str = ""
    actor_id: str = ""
    action: str = ""
    since: datetime | None = None
    until: datetime | None = None


def actor_of_user(user: Any, request_id: str) -> Actor:
    """Return a signed-in user as an actor, for the screens."""
    organisations, locations = limits_of_user(
        user.role, frozenset(user.organisations), frozenset(user.locations)
    )
    return Actor(
        kind="user",
        id=to_public("usr", user.id),
        label=user.display_name,
        scopes=scopes_of_role(user.role),
        organisations=organisations,
        locations=locations,
        request_id=request_id,
    )


def is_within(allowed: Collection[str] | None, asked: Collection[str] | None) -> bool:
    """Tell whether *asked* lies inside *allowed*; None means everything."""
    if allowed is None:
        return True
    return asked is not None and set(asked) <= set(allowed)


def list_users(*, after: UUID | None = None, limit: int = 50) -> list[UserView]:
    """Return users in the order they were made."""
    users = User.objects.order_by("id")
    if after is not None:
        users = users.filter(id__gt=after)
    return [_user_view(user) for user in users[:limit]]


def user_view(user_id: UUID) -> UserView:
    """Return one user. Raises NotFoundError."""
    user = User.objects.filter(id=user_id).first()
    if user is None:
        raise NotFoundError("user", to_public("usr", user_id))
    return _user_view(user)


def labels_of(actor_ids: Collection[str]) -> dict[str, str]:
    """Return the names of the people and keys among *actor_ids* (public ids); two queries.

    What is neither, or was never here, is absent.
    """
    ids: dict[str, list[UUID]] = {"usr": [], "key": []}
    for actor_id in set(actor_ids):
        prefix = actor_id.partition("_")[0]
        if prefix in ids:
            with suppress(InvalidPublicIdError):
                ids[prefix].append(from_public(prefix, actor_id))
    people = User.objects.filter(id__in=ids["usr"]).values_list("id", "display_name")
    keys = ApiKey.objects.filter(id__in=ids["key"]).values_list("id", "name")
    return {to_public("usr", user_id): name for user_id, name in people} | {
        to_public("key", key_id): name for key_id, name in keys
    }


def list_api_keys(*, after: UUID | None = None, limit: int = 50) -> list[ApiKeyView]:
    """Return keys in the order they were made, revoked ones included."""
    keys = ApiKey.objects.order_by("id")
    if after is not None:
        keys = keys.filter(id__gt=after)
    return [_key_view(key) for key in keys[:limit]]


def api_key_view(key_id: UUID) -> ApiKeyView:
    """Return one key. Raises NotFoundError."""
    key = ApiKey.objects.filter(id=key_id).first()
    if key is None:
        raise NotFoundError("API key", to_public("key", key_id))
    return _key_view(key)


def audit_entries(
    wanted: AuditFilter, *, before: UUID | None = None, limit: int = 50
) -> list[AuditEntryView]:
    """Return lines of the audit log, the latest first; *before* ends the page before."""
    entries = AuditEntry.objects.order_by("-id")
    for name in ("entity_type", "entity_id", "actor_id", "action"):
        if value := getattr(wanted, name):
            entries = entries.filter(**{name: value})
    if wanted.since is not None:
        entries = entries.filter(at__gte=wanted.since)
    if wanted.until is not None:
        entries = entries.filter(at__lt=wanted.until)
    if before is not None:
        entries = entries.filter(id__lt=before)
    return [_audit_view(entry) for entry in entries[:limit]]


def _user_view(user: User) -> UserView:
    organisations, locations = limits_of_user(
        user.role, frozenset(user.organisations), frozenset(user.locations)
    )
    return UserView(
        id=to_public("usr", user.id),
        email=user.email,
        display_name=user.display_name,
        language=user.language,
        role=Role(user.role),
        organisations=_sorted(organisations),
        locations=_sorted(locations),
        is_active=user.is_active,
        created_at=user.created_at,
        last_login=user.last_login,
        version=user.version,
    )


def _key_view(key: ApiKey) -> ApiKeyView:
    return ApiKeyView(
        id=to_public("key", key.id),
        name=key.name,
        prefix=key.prefix,
        scopes=tuple(key.scopes),
        organisations=_sorted(key.organisations),
        locations=_sorted(key.locations),
        created_by=key.created_by,
        created_at=key.created_at,
        expires_at=key.expires_at,
        last_used_at=key.last_used_at,
        revoked_at=key.revoked_at,
    )


def _audit_view(entry: AuditEntry) -> AuditEntryView:
    return AuditEntryView(
        id=to_public("aud", entry.id),
        at=entry.at,
        actor_kind=entry.actor_kind,
        actor_id=entry.actor_id,
        actor_label=entry.actor_label,
        action=entry.action,
        entity_type=entry.entity_type,
        entity_id=entry.entity_id,
        before=entry.before,
        after=entry.after,
        reason=entry.reason,
        request_id=entry.request_id,
    )


def _sorted(codes: Collection[str] | Sequence[str] | None) -> tuple[str, ...] | None:
    return None if codes is None else tuple(sorted(codes))
