"""Which scope a route asks for."""

from collections.abc import Callable, Collection, Iterator
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

import orjson
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from ninja.decorators import decorate_view
from ninja.operation import Operation
from ninja.utils import contribute_operation_callback

from chaland.kernel.actor import Actor
from chaland.kernel.errors import DomainError, FieldProblem, InvalidInputError
from chaland.web.context import actor_of
from chaland.web.json import parse
from chaland.web.problems import problem_response
from chaland.web.validation import malformed_json

Params = ParamSpec("Params")
Answer = TypeVar("Answer")
View = Callable[Concatenate[HttpRequest, Params], Answer]
Run = Callable[..., HttpResponseBase]


def require_scope(actor: Actor, scope: str) -> None:
    """Raise DomainError (403 ``missing_scope``) unless the actor holds *scope*."""
    if not actor.may(scope):
        raise _missing_scope(scope)


def _missing_scope(scope: str) -> DomainError:
    return DomainError(
        code="missing_scope",
        message=f"This needs the scope {scope}, which your key does not have.",
        status=403,
        fix="Ask an administrator for a key with this scope.",
        extra={"scope": scope},
    )


def require_unlimited(actor: Actor) -> None:
    """Raise DomainError (403 ``limited_key``) when the actor may not see every organisation.

    For what cannot be divided by organisation, such as the feed of all events.
    """
    if actor.organisations is not None or actor.locations is not None:
        raise DomainError(
            code="limited_key",
            message="This shows the data of every organisation; your key is limited to some.",
            status=403,
            fix="Ask an administrator for a key without limits on organisations and locations.",
        )


def requires(scope: str) -> Callable[[View[Params, Answer]], View[Params, Answer]]:
    """Let only actors with *scope* reach the view, and say so in the API's description.

    Who lacks the scope is told so, whatever else is wrong with the request. A query parameter that
    the view does not have is refused, since a filter with a slip of the pen would otherwise answer
    with everything; and so is a body where the view reads none.

    Write it between the route and ``@idempotent``::

        @router.post("/things", response={201: ThingView})
        @requires("things:write")
        @idempotent
        def create_thing(request: HttpRequest, body: ThingBody) -> Status: ...
    """

    def decorate(view: View[Params, Answer]) -> View[Params, Answer]:
        known: set[str] = set()
        bodies: list[bool] = []

        @wraps(view)
        def checked(request: HttpRequest, /, *args: Params.args, **kwargs: Params.kwargs) -> Answer:
            require_scope(actor_of(request), scope)
            if request.META.get("QUERY_STRING"):
                _refuse_unknown(request, known)
            if not any(bodies):
                _refuse_body(request)
            return view(request, *args, **kwargs)

        contribute_operation_callback(checked, lambda operation: _describe(operation, scope))
        contribute_operation_callback(checked, lambda operation: known.update(_query_of(operation)))
        contribute_operation_callback(checked, lambda operation: bodies.append(_reads(operation)))
        decorated: View[Params, Answer] = decorate_view(_rights_first(scope))(checked)
        return decorated

    return decorate


def _rights_first(scope: str) -> Callable[[Run], Run]:
    """Let a missing right be the answer even where the framework found fault with the input.

    It reads the input before it runs the view, and nothing was done by then.
    """

    def decorate(run: Run) -> Run:
        @wraps(run)
        def answered(request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
            response = run(request, **kwargs)
            actor = getattr(request, "auth", None)
            if not isinstance(actor, Actor) or actor.may(scope):
                return response
            return problem_response(request, _missing_scope(scope))

        return answered

    return decorate


def _reads(operation: Operation) -> bool:
    return any(model.__ninja_param_source__ == "body" for model in operation.models)


def _refuse_body(request: HttpRequest) -> None:
    """Refuse what a client sends where nothing is read; an empty object is no information."""
    if request.META.get("CONTENT_LENGTH") in {None, "", "0"}:
        return
    try:
        sent = parse(request.body)
    except orjson.JSONDecodeError as error:
        raise malformed_json(error) from error
    fields = list(sent) if isinstance(sent, dict) else ["body"]
    if fields:
        raise InvalidInputError(
            [
                FieldProblem(name, "extra_forbidden", "is not read here", "Send no body.")
                for name in fields
            ]
        )


def _query_of(operation: Operation) -> Iterator[str]:
    """Return the names of the query parameters that an operation has."""
    for model in operation.models:
        if model.__ninja_param_source__ == "query":
            yield from model.__ninja_flatten_map__


def _refuse_unknown(request: HttpRequest, known: Collection[str]) -> None:
    unknown = [name for name in request.GET if name not in known]
    if unknown:
        fix = f"Use {', '.join(sorted(known))}." if known else "Remove it: there is none here."
        raise InvalidInputError(
            [
                FieldProblem(
                    name, "unknown_parameter", "is no query parameter of this address", fix
                )
                for name in unknown
            ]
        )


def _describe(operation: Operation, scope: str) -> None:
    extra: dict[str, Any] = operation.openapi_extra or {}
    operation.openapi_extra = {**extra, "x-required-scope": scope}
