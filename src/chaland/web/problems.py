"""Everything that goes wrong, said the same way: problem+json (RFC 9457) with a code and a fix."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

import orjson
import structlog
from django.core.exceptions import RequestDataTooBig
from django.db import DataError, IntegrityError, InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError

from chaland.kernel.errors import DomainError, FieldProblem, InvalidInputError, NotFoundError
from chaland.kernel.ids import InvalidPublicIdError
from chaland.web import validation
from chaland.web.context import not_authenticated, request_id_of
from chaland.web.json import QuickRenderer, StrictParser, dumps

CONTENT_TYPE = "application/problem+json"
RETRY_SECONDS = 1

log = structlog.get_logger(__name__)


def install(api: NinjaAPI) -> None:
    """Make *api* answer every error as problem+json, and read and write JSON our way."""
    api.parser = StrictParser()
    api.renderer = QuickRenderer()
    api.add_exception_handler(DomainError, _on_domain_error)
    api.add_exception_handler(ValidationError, _on_validation_error)
    api.add_exception_handler(HttpError, _on_http_error)
    api.add_exception_handler(AuthenticationError, _on_authentication_error)
    api.add_exception_handler(InvalidPublicIdError, _on_invalid_id)
    api.add_exception_handler(Http404, _on_unknown_path)
    api.add_exception_handler(RequestDataTooBig, _on_body_too_large)
    api.add_exception_handler(IntegrityError, _on_constraint)
    api.add_exception_handler(DataError, _on_unfit_value)
    api.add_exception_handler(OperationalError, _on_busy)
    api.add_exception_handler(InterfaceError, _on_busy)
    api.add_exception_handler(Exception, _on_unexpected)


def problem_of(error: DomainError, *, request_id: str = "") -> dict[str, Any]:
    """Return the problem of a refusal as JSON-ready values, for an answer or an item of one."""
    return {
        **error.extra,
        "type": f"/api/problems/{error.code}",
        "title": title_of(error.code),
        "status": error.status,
        "detail": error.message,
        "code": error.code,
        "fix": error.fix,
        "errors": [_field_problem(item) for item in error.problems],
        "instance": request_id,
    }


def problem_response(
    request: HttpRequest, error: DomainError, *, headers: Mapping[str, str] | None = None
) -> HttpResponse:
    """Answer a refusal."""
    response = HttpResponse(
        dumps(problem_of(error, request_id=request_id_of(request))),
        status=error.status,
        content_type=CONTENT_TYPE,
        headers=dict(headers or {}),
    )
    retry_after = error.extra.get("retry_after")
    if isinstance(retry_after, int):
        response.headers["Retry-After"] = str(retry_after)
    if error.status == HTTPStatus.UNAUTHORIZED:
        response.headers["WWW-Authenticate"] = 'Bearer realm="chaland"'
    return response


def title_of(code: str) -> str:
    """Return the short human title of a code: ``insufficient_stock`` is "Insufficient stock"."""
    return code.replace("_", " ").capitalize()


def body_too_large(limit: int) -> DomainError:
    """Make the refusal of a body of more than *limit* bytes."""
    return DomainError(
        code="body_too_large",
        message=f"The body is larger than {limit} bytes.",
        status=413,
        fix="Send fewer items at once.",
        extra={"limit": limit},
    )


def not_json(content_type: str) -> DomainError:
    """Make the refusal of a body of another type than JSON."""
    return DomainError(
        code="unsupported_media_type",
        message=f"The body is {content_type or 'of no stated type'}; this API reads JSON.",
        status=415,
        fix="Send the header Content-Type: application/json.",
    )


def unknown_path(path: str) -> DomainError:
    """Make the refusal of an address that the API does not have."""
    return DomainError(
        code="not_found",
        message=f"There is nothing at {path}.",
        status=404,
        fix="Look the address up in /api/docs.",
    )


def method_not_allowed(method: str, allowed: Sequence[str]) -> DomainError:
    """Make the refusal of a method that an address does not have."""
    return DomainError(
        code="method_not_allowed",
        message=f"{method} is not possible here.",
        status=405,
        fix=f"Use {' or '.join(allowed)}." if allowed else "Look the address up in /api/docs.",
        extra={"allowed": list(allowed)},
    )


def unexpected(request_id: str) -> DomainError:
    """Make the answer to a fault of ours: no detail leaves the house, the logs have it."""
    return DomainError(
        code="internal_error",
        message="Something went wrong on our side; nothing was changed.",
        status=500,
        fix=f"Try again; if it fails again, tell your administrator the request id {request_id}.",
    )


def _field_problem(item: FieldProblem) -> dict[str, str]:
    return {"field": item.field, "code": item.code, "message": item.message, "fix": item.fix}


def _on_domain_error(request: HttpRequest, error: Any) -> HttpResponse:
    return problem_response(request, error)


def _on_validation_error(request: HttpRequest, error: Any) -> HttpResponse:
    return problem_response(request, InvalidInputError(validation.field_problems(error.errors)))


def _on_authentication_error(request: HttpRequest, _error: Any) -> HttpResponse:
    return problem_response(request, not_authenticated())


def _on_http_error(request: HttpRequest, error: Any) -> HttpResponse:
    """Answer what the framework refuses; a body that cannot be parsed comes with its cause."""
    cause = error.__cause__
    if isinstance(cause, DomainError):
        return problem_response(request, cause)
    if isinstance(cause, orjson.JSONDecodeError):
        return problem_response(request, validation.malformed_json(cause))
    status = HTTPStatus(error.status_code)
    return problem_response(
        request,
        DomainError(code=status.name.lower(), message=str(error), status=status.value),
    )


def _on_invalid_id(request: HttpRequest, error: Any) -> HttpResponse:
    del error
    return problem_response(request, NotFoundError("thing at", request.path))


def _on_unknown_path(request: HttpRequest, _error: Any) -> HttpResponse:
    return problem_response(request, unknown_path(request.path))


def _on_body_too_large(request: HttpRequest, _error: Any) -> HttpResponse:
    from django.conf import settings

    return problem_response(request, body_too_large(settings.DATA_UPLOAD_MAX_MEMORY_SIZE))


def _on_constraint(request: HttpRequest, error: Any) -> HttpResponse:
    """Answer what only the database noticed: the last referee, with its constraint's name."""
    diagnosis = getattr(error.__cause__, "diag", None)
    constraint = getattr(diagnosis, "constraint_name", None) or "unnamed"
    log.warning("constraint violated", constraint=constraint, path=request.path, exc_info=error)
    refusal = DomainError(
        code="constraint_violated",
        message=f"The change would break the rule {constraint}; nothing was changed.",
        fix="Read the present state and send a change that fits it.",
        extra={"constraint": constraint},
    )
    return problem_response(request, refusal)


def _on_unfit_value(request: HttpRequest, error: Any) -> HttpResponse:
    log.warning("value does not fit", path=request.path, exc_info=error)
    refusal = DomainError(
        code="value_out_of_range",
        message="A value is outside what can be stored; nothing was changed.",
        status=422,
        fix="Check the numbers, times and lengths that you sent.",
    )
    return problem_response(request, refusal)


def _on_busy(request: HttpRequest, error: Any) -> HttpResponse:
    log.error("database did not answer", path=request.path, exc_info=error)
    refusal = DomainError(
        code="temporarily_unavailable",
        message="The database is busy or unreachable; nothing was changed.",
        status=503,
        fix="Send the same request again, with the same Idempotency-Key.",
        extra={"retry_after": RETRY_SECONDS},
    )
    return problem_response(request, refusal)


def _on_unexpected(request: HttpRequest, error: Any) -> HttpResponse:
    request_id = request_id_of(request)
    log.error("request failed", path=request.path, method=request.method, exc_info=error)
    return problem_response(request, unexpected(request_id))
