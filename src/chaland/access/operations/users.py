"""Users: made and changed by administrators."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from allauth.account.models import EmailAddress
from django.contrib.auth.password_validation import validate_password
from django.contrib.sessions.models import Session
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from chaland.access.models import User
from chaland.access.operations.auditing import record_audit
from chaland.access.types import AuditFact, Role
from chaland.kernel.actor import Actor
from chaland.kernel.errors import ConflictError, FieldProblem, InvalidInputError, NotFoundError
from chaland.kernel.ids import new_uuid, to_public

CHANGEABLE = ("display_name", "language", "role", "organisations", "locations", "is_active")


def create_user(
    *,
    email: str,
    display_name: str,
    role: str,
    now: datetime,
    actor: Actor,
    password: str | None = None,
    language: str = "fr",
    organisations: Sequence[str] = (),
    locations: Sequence[str] = (),
    reason: str = "",
) -> UUID:
    """Make a user; without a password they set one through "forgotten password".

    No organisations or locations mean all of them, except for store associates and merchants, who
    then see nothing. Raises InvalidInputError (weak password, unknown role) and ConflictError
    (``email_taken``).
    """
    user = User(
        id=new_uuid(),
        email=email.strip().lower(),
        display_name=display_name,
        language=language,
        role=_checked_role(role),
        organisations=sorted(set(organisations)),
        locations=sorted(set(locations)),
        created_at=now,
    )
    _set_password(user, password)
    try:
        with transaction.atomic():
            user.save(force_insert=True)
            # Whoever makes the account vouches for the address.
            EmailAddress.objects.create(
                user_id=user.id, email=user.email, primary=True, verified=True
            )
    except IntegrityError:
        raise ConflictError(
            "email_taken",
            "Somebody already signs in with this e-mail address.",
            fix="Use another address, or update the existing user.",
        ) from None
    after = {"email": user.email, **_shown(user)}
    _audit(
        "access.create_user", user, now=now, actor=actor, before=None, after=after, reason=reason
    )
    return user.id


def update_user(
    *,
    user_id: UUID,
    changes: Mapping[str, Any],
    now: datetime,
    actor: Actor,
    expected_version: int | None = None,
    reason: str = "",
) -> int:
    """Change some of ``CHANGEABLE`` and return the new version; a deactivated user is signed out.

    Raises NotFoundError, InvalidInputError, and ConflictError: ``version_mismatch`` when
    *expected_version* is not the present one, ``last_administrator`` when none would remain.
    """
    user = User.objects.select_for_update().filter(id=user_id).first()
    if user is None:
        raise NotFoundError("user", to_public("usr", user_id))
    if expected_version is not None and user.version != expected_version:
        raise ConflictError(
            "version_mismatch",
            f"The user is at version {user.version}.",
            fix="Read the user again and apply your change to what you read.",
            version=user.version,
        )
    before = _shown(user)
    was_administrator = _is_administrator(user)
    for name in CHANGEABLE:
        if name in changes:
            value = changes[name]
            setattr(user, name, _checked_role(value) if name == "role" else value)
    after = _shown(user)
    if after == before:
        return user.version
    if was_administrator and not _is_administrator(user):
        _keep_an_administrator(user)
    user.version += 1
    user.save(update_fields=[*CHANGEABLE, "version"])
    if not user.is_active:
        sign_out_everywhere(user_id)
    _audit(
        "access.update_user", user, now=now, actor=actor, before=before, after=after, reason=reason
    )
    return user.version


def sign_out_everywhere(user_id: UUID) -> None:
    """End every session of a user."""
    ended = [
        session.session_key
        for session in Session.objects.iterator()
        if session.get_decoded().get("_auth_user_id") == str(user_id)
    ]
    Session.objects.filter(session_key__in=ended).delete()


def _is_administrator(user: User) -> bool:
    return user.role == Role.ADMINISTRATOR and user.is_active


def _keep_an_administrator(user: User) -> None:
    """Refuse to leave the house without anybody who can let others in."""
    others = User.objects.filter(role=Role.ADMINISTRATOR, is_active=True).exclude(id=user.id)
    # Locked, so that two administrators cannot close each other's account at the same moment.
    if not list(others.order_by("id").select_for_update().values_list("id", flat=True)):
        raise ConflictError(
            "last_administrator",
            "This is the last active administrator.",
            fix="Make somebody else an administrator first.",
        )


def _checked_role(role: str) -> Role:
    try:
        return Role(role)
    except ValueError:
        raise _invalid(
            "role", "unknown_role", "is no role", f"Choose among {', '.join(Role)}."
        ) from None


def _set_password(user: User, password: str | None) -> None:
    if password is None:
        user.set_unusable_password()
        return
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise _invalid(
            "password",
            "weak_password",
            " ".join(error.messages),
            "Choose a longer, rarer password.",
        ) from None
    user.set_password(password)


def _shown(user: User) -> dict[str, object]:
    return {name: getattr(user, name) for name in CHANGEABLE}


def _invalid(field: str, code: str, message: str, fix: str) -> InvalidInputError:
    return InvalidInputError([FieldProblem(field=field, code=code, message=message, fix=fix)])


def _audit(
    action: str,
    user: User,
    *,
    now: datetime,
    actor: Actor,
    before: dict[str, object] | None,
    after: dict[str, object],
    reason: str,
) -> None:
    fact = AuditFact(
        actor=actor,
        action=action,
        entity_type="user",
        entity_id=to_public("usr", user.id),
        at=now,
        before=before,
        after=after,
        reason=reason,
    )
    record_audit([fact])
