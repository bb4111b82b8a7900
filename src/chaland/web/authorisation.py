"""Which scope a route asks for."""

from collections.abc import Callable, Collection, Iterator
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

from django.http import HttpRequest
from ninja.operation import Operation
from ninja.utils import contribute_operation_callback

from chaland.kernel.actor import Actor
from chaland.kernel.errors import DomainError, FieldProblem, InvalidInputError
from chaland.web.context import actor_of

Params = ParamSpec("Params")
Answer = TypeVar("Answer")
View = Callable[Concatenate[HttpRequest, Params], Answer]


def require_scope(actor: Actor, scope: str) -> None:
    """Raise DomainError (403 ``missing_scope``) unless the actor holds *scope*."""
    if not actor.may(scope):
        raise DomainError(
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

    A query parameter that the view does not have is refused: a filter with a slip of the pen would
    otherwise answer with everything.

    Write it between the route and ``@idempotent``::

        @router.post("/things", response={201: ThingView})
        @requires("things:write")
        @idempotent
        def create_thing(request: HttpRequest, body: ThingBody) -> Status: ...
    """

    def decorate(view: View[Params, Answer]) -> View[Params, Answer]:
        known: set[str] = set()

        @wraps(view)
        def checked(request: HttpRequest, /, *args: Params.args, **kwargs: Params.kwargs) -> Answer:
            require_scope(actor_of(request), scope)
            if request.META.get("QUERY_STRING"):
                _refuse_unknown(request, known)
            return view(request, *args, **kwargs)

        contribute_operation_callback(checked, lambda operation: _describe(operation, scope))
        contribute_operation_callback(checked, lambda operation: known.update(_query_of(operation)))
        return checked

    return decorate


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
