"""Routes of API keys, users and the audit log."""

from datetime import datetime
from typing import Annotated

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.http import HttpRequest, HttpResponse
from ninja import Query, Router, Status
from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from chaland.access import operations, queries
from chaland.access.queries import AuditFilter
from chaland.access.types import ApiKeyView, AuditEntryView, Role, Scope, UserView
from chaland.kernel.clock import now
from chaland.kernel.ids import from_public
from chaland.web.authorisation import require_unlimited, requires
from chaland.web.context import actor_of
from chaland.web.etags import check_if_match, set_etag
from chaland.web.idempotency import idempotent, idempotent_secret
from chaland.web.pagination import (
    DEFAULT_LIMIT,
    Cursor,
    Limit,
    Page,
    decode_id,
    encode_cursor,
    next_url,
)
from chaland.web.schemas import Body, Change, Code, Line, Moment, View, example

router = Router(tags=["Access"])

HIGHEST_CODES = 1000
Codes = Annotated[list[Code], Field(max_length=HIGHEST_CODES)]
Language = Annotated[str, Field(pattern="^(fr|en)$")]
Reason = Annotated[str, Field(max_length=500)]
Filter = Annotated[str, Query(max_length=200)]


def _checked_email(text: str) -> str:
    try:
        validate_email(text)
    except ValidationError:
        raise PydanticCustomError("invalid_email", "is not an e-mail address") from None
    return text


Email = Annotated[str, Field(max_length=254), AfterValidator(_checked_email)]


class ApiKeyBody(Body):
    """A key to be made. Without organisations or locations it sees all of them."""

    model_config = example({"name": "shop front", "scopes": ["orders:write", "promises:read"]})

    name: Line
    scopes: Annotated[list[Scope], Field(min_length=1, max_length=len(Scope))]
    organisations: Codes | None = None
    locations: Codes | None = None
    expires_at: Moment | None = None
    reason: Reason = ""


class ApiKeyAnswer(View):
    """An API key without its secret."""

    id: str
    name: str
    prefix: str
    scopes: list[str]
    organisations: list[str] | None
    locations: list[str] | None
    created_by: str
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    revoked_at: datetime | None

    @classmethod
    def of(cls, key: ApiKeyView) -> "ApiKeyAnswer":
        """Show a key."""
        return cls.model_validate(key)


class NewApiKeyAnswer(ApiKeyAnswer):
    """A key that was just made, with its token: it is shown this once."""

    token: str


class UserBody(Body):
    """A person to be let in. Without a password they choose one by "forgotten password"."""

    model_config = example(
        {
            "email": "ann@example.org",
            "display_name": "Ann",
            "role": "store_associate",
            "locations": ["SHOP-PARIS"],
        }
    )

    email: Email
    display_name: Line
    role: Role
    language: Language = "fr"
    password: Annotated[str, Field(max_length=200)] | None = None
    organisations: Codes = []
    locations: Codes = []
    reason: Reason = ""


class UserChange(Change):
    """What is to change of a person; fields left out stay as they are."""

    model_config = example({"is_active": False, "reason": "She left the company."})

    display_name: Line | None = None
    role: Role | None = None
    language: Language | None = None
    organisations: Codes | None = None
    locations: Codes | None = None
    is_active: bool | None = None


class UserAnswer(View):
    """A person who signs in; null for organisations or locations means all of them."""

    id: str
    email: str
    display_name: str
    language: str
    role: Role
    organisations: list[str] | None
    locations: list[str] | None
    is_active: bool
    created_at: datetime
    last_login: datetime | None
    version: int

    @classmethod
    def of(cls, user: UserView) -> "UserAnswer":
        """Show a user."""
        return cls.model_validate(user)


class AuditEntryAnswer(View):
    """A line of the audit log."""

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

    @classmethod
    def of(cls, entry: AuditEntryView) -> "AuditEntryAnswer":
        """Show a line."""
        return cls.model_validate(entry)


@router.post("/api-keys", response={201: NewApiKeyAnswer})
@requires("access:admin")
@idempotent_secret
def create_api_key(request: HttpRequest, body: ApiKeyBody) -> Status[NewApiKeyAnswer]:
    """Make an API key; the answer shows its token, which is kept nowhere."""
    made = operations.create_api_key(
        name=body.name,
        scopes=[scope.value for scope in body.scopes],
        organisations=body.organisations,
        locations=body.locations,
        expires_at=body.expires_at,
        reason=body.reason,
        now=now(),
        actor=actor_of(request),
    )
    shown = ApiKeyAnswer.of(queries.api_key_view(made.id))
    return Status(201, NewApiKeyAnswer(**shown.model_dump(), token=made.token))


@router.get("/api-keys", response=Page[ApiKeyAnswer])
@requires("access:admin")
def list_api_keys(
    request: HttpRequest, cursor: Cursor = "", limit: Limit = DEFAULT_LIMIT
) -> Page[ApiKeyAnswer]:
    """List the API keys, the oldest first, revoked ones included."""
    require_unlimited(actor_of(request))
    after = decode_id(cursor, "key")
    found = queries.list_api_keys(after=after, limit=limit + 1)
    end = encode_cursor([found[limit - 1].id]) if len(found) > limit else None
    return Page(items=[ApiKeyAnswer.of(key) for key in found[:limit]], next=next_url(request, end))


@router.post("/api-keys/{key_id}/revoke", response=ApiKeyAnswer)
@requires("access:admin")
@idempotent
def revoke_api_key(request: HttpRequest, key_id: str) -> ApiKeyAnswer:
    """Close a key for good; it is refused everywhere within five seconds."""
    require_unlimited(actor_of(request))
    found = from_public("key", key_id)
    operations.revoke_api_key(key_id=found, now=now(), actor=actor_of(request))
    return ApiKeyAnswer.of(queries.api_key_view(found))


@router.post("/users", response={201: UserAnswer})
@requires("access:admin")
@idempotent
def create_user(request: HttpRequest, body: UserBody) -> Status[UserAnswer]:
    """Let a person in."""
    require_unlimited(actor_of(request))
    made = operations.create_user(**body.model_dump(), now=now(), actor=actor_of(request))
    return Status(201, UserAnswer.of(queries.user_view(made)))


@router.get("/users", response=Page[UserAnswer])
@requires("access:admin")
def list_users(
    request: HttpRequest, cursor: Cursor = "", limit: Limit = DEFAULT_LIMIT
) -> Page[UserAnswer]:
    """List the people who may sign in, the oldest account first."""
    require_unlimited(actor_of(request))
    after = decode_id(cursor, "usr")
    found = queries.list_users(after=after, limit=limit + 1)
    end = encode_cursor([found[limit - 1].id]) if len(found) > limit else None
    return Page(items=[UserAnswer.of(user) for user in found[:limit]], next=next_url(request, end))


@router.get("/users/{user_id}", response=UserAnswer)
@requires("access:admin")
def get_user(request: HttpRequest, user_id: str, response: HttpResponse) -> UserAnswer:
    """Read one person's account."""
    require_unlimited(actor_of(request))
    user = queries.user_view(from_public("usr", user_id))
    set_etag(response, user.version)
    return UserAnswer.of(user)


@router.patch("/users/{user_id}", response=UserAnswer)
@requires("access:admin")
@idempotent
def update_user(
    request: HttpRequest, user_id: str, body: UserChange, response: HttpResponse
) -> UserAnswer:
    """Change or deactivate a person's account; deactivated people are signed out at once."""
    require_unlimited(actor_of(request))
    found = from_public("usr", user_id)
    before = queries.user_view(found)
    check_if_match(request, before.version)
    operations.update_user(
        user_id=found,
        changes=body.changes(),
        expected_version=before.version if "If-Match" in request.headers else None,
        reason=body.reason,
        now=now(),
        actor=actor_of(request),
    )
    user = queries.user_view(found)
    set_etag(response, user.version)
    return UserAnswer.of(user)


@router.get("/audit-log", response=Page[AuditEntryAnswer])
@requires("audit:read")
def list_audit_log(
    request: HttpRequest,
    entity_type: Filter = "",
    entity_id: Filter = "",
    actor: Filter = "",
    action: Filter = "",
    since: Moment | None = None,
    until: Moment | None = None,
    cursor: Cursor = "",
    limit: Limit = DEFAULT_LIMIT,
) -> Page[AuditEntryAnswer]:
    """Read who did what, when, how it was before and after, and why; the latest first."""
    require_unlimited(actor_of(request))
    wanted = AuditFilter(
        entity_type=entity_type,
        entity_id=entity_id,
        actor_id=actor,
        action=action,
        since=since,
        until=until,
    )
    before = decode_id(cursor, "aud")
    found = queries.audit_entries(wanted, before=before, limit=limit + 1)
    end = encode_cursor([found[limit - 1].id]) if len(found) > limit else None
    return Page(
        items=[AuditEntryAnswer.of(entry) for entry in found[:limit]],
        next=next_url(request, end),
    )
