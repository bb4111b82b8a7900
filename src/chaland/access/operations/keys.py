"""API keys: made, shown once, revoked."""

import secrets
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from chaland.access import queries
from chaland.access.authentication import forget_keys
from chaland.access.models import ApiKey
from chaland.access.operations.auditing import record_audit
from chaland.access.rules import Token
from chaland.access.types import AuditFact, NewApiKey, Scope
from chaland.kernel.actor import Actor
from chaland.kernel.errors import DomainError, FieldProblem, InvalidInputError, NotFoundError
from chaland.kernel.ids import new_uuid, to_public

_PREFIX_LETTERS = "0123456789abcdefghjkmnpqrstvwxyz"
_PREFIX_LENGTH = 12
_SECRET_BYTES = 32


def create_api_key(
    *,
    name: str,
    scopes: Sequence[str],
    now: datetime,
    actor: Actor,
    organisations: Sequence[str] | None = None,
    locations: Sequence[str] | None = None,
    expires_at: datetime | None = None,
    reason: str = "",
) -> NewApiKey:
    """Make a key; its token is in the result and nowhere else.

    None for *organisations* or *locations* means all of them. Raises InvalidInputError for an
    unknown scope or an end in the past, and DomainError (403 ``missing_scope``) when the key would
    hold more than its maker.
    """
    _check(scopes, expires_at, now)
    _check_not_more_than_maker(actor, scopes, organisations, locations)
    token = Token(
        prefix="".join(secrets.choice(_PREFIX_LETTERS) for _ in range(_PREFIX_LENGTH)),
        secret=secrets.token_urlsafe(_SECRET_BYTES),
    )
    key = ApiKey.objects.create(
        id=new_uuid(),
        name=name,
        prefix=token.prefix,
        digest=token.digest,
        scopes=sorted(set(scopes)),
        organisations=None if organisations is None else sorted(set(organisations)),
        locations=None if locations is None else sorted(set(locations)),
        created_by=actor.id,
        created_at=now,
        expires_at=expires_at,
    )
    after = {"name": name, "scopes": key.scopes, "expires_at": expires_at}
    limits = {"organisations": key.organisations, "locations": key.locations}
    fact = AuditFact(
        actor=actor,
        action="access.create_api_key",
        entity_type="api_key",
        entity_id=to_public("key", key.id),
        at=now,
        after={**after, **limits},
        reason=reason,
    )
    record_audit([fact])
    return NewApiKey(id=key.id, token=str(token))


def revoke_api_key(*, key_id: UUID, now: datetime, actor: Actor, reason: str = "") -> None:
    """Close a key for good; every process refuses it within five seconds, this one at once.

    Twice is harmless.

    Raises NotFoundError.
    """
    key = ApiKey.objects.select_for_update().filter(id=key_id).first()
    if key is None:
        raise NotFoundError("API key", to_public("key", key_id))
    if key.revoked_at is not None:
        return
    key.revoked_at = now
    key.save(update_fields=["revoked_at"])
    transaction.on_commit(forget_keys)
    fact = AuditFact(
        actor=actor,
        action="access.revoke_api_key",
        entity_type="api_key",
        entity_id=to_public("key", key_id),
        at=now,
        before={"revoked_at": None},
        after={"revoked_at": now.isoformat()},
        reason=reason,
    )
    record_audit([fact])


def _check(scopes: Sequence[str], expires_at: datetime | None, now: datetime) -> None:
    unknown = sorted(set(scopes) - {scope.value for scope in Scope})
    problems = []
    if unknown:
        problems.append(
            FieldProblem(
                field="scopes",
                code="unknown_scope",
                message=f"has unknown scopes: {', '.join(unknown)}",
                fix=f"Choose among {', '.join(Scope)}.",
            )
        )
    if expires_at is not None and expires_at <= now:
        problems.append(
            FieldProblem(
                field="expires_at",
                code="in_the_past",
                message="lies in the past",
                fix="Send a time to come, or leave it out for a key without end.",
            )
        )
    if problems:
        raise InvalidInputError(problems)


def _check_not_more_than_maker(
    actor: Actor,
    scopes: Sequence[str],
    organisations: Sequence[str] | None,
    locations: Sequence[str] | None,
) -> None:
    missing = [scope for scope in scopes if not actor.may(scope)]
    wider = not queries.is_within(actor.organisations, organisations) or not queries.is_within(
        actor.locations, locations
    )
    if missing or wider:
        raise DomainError(
            code="missing_scope",
            message="A key cannot be given more rights than those of its maker.",
            status=403,
            fix="Leave out the scopes, organisations or locations that you do not have yourself.",
            extra={"scopes": missing},
        )
