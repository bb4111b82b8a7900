"""The decorator that makes a route's view execute once per Idempotency-Key."""

from collections.abc import Callable
from dataclasses import replace
from functools import wraps
from http import HTTPStatus
from typing import Any, Concatenate, ParamSpec

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from ninja import Status
from ninja.constants import NOT_SET
from ninja.operation import Operation
from ninja.utils import contribute_operation_callback
from pydantic import BaseModel, TypeAdapter

from chaland.kernel.errors import DomainError
from chaland.web.context import actor_of, request_id_of
from chaland.web.description import IDEMPOTENCY_KEY
from chaland.web.idempotency.records import Answer, Claim, StoredAnswer, claim, store_answers
from chaland.web.idempotency.requests import (
    check_same_request,
    key_of,
    request_hash,
    stored_response,
)
from chaland.web.json import dumps
from chaland.web.problems import problem_of
from chaland.web.sealing import seal, unseal

Params = ParamSpec("Params")
View = Callable[Concatenate[HttpRequest, Params], Any]

# A refusal for these reasons says nothing about the state of the house: the client mends the
# request and may keep its key.
_NOT_STORED = frozenset(
    {
        HTTPStatus.BAD_REQUEST,
        HTTPStatus.UNAUTHORIZED,
        HTTPStatus.FORBIDDEN,
        HTTPStatus.UNPROCESSABLE_ENTITY,
        HTTPStatus.TOO_MANY_REQUESTS,
    }
)
_PURPOSE = "stored answers"
_KEPT_HEADERS = ("ETag", "Location")


def idempotent(view: View[Params]) -> View[Params]:
    """Run the view in one transaction, and once per Idempotency-Key when the request has one.

    The answer is stored in the same transaction, so it exists exactly when the work does. A refusal
    by a rule (409 and the like) is stored too, and the work undone. Invalid input is not stored.
    """
    return _once(view, sealed=False)


def idempotent_secret(view: View[Params]) -> View[Params]:
    """Do as ``idempotent``, for answers that show a secret: they are kept encrypted."""
    return _once(view, sealed=True)


def _once(view: View[Params], *, sealed: bool) -> View[Params]:
    operations: list[Operation] = []

    @wraps(view)
    def once(request: HttpRequest, /, *args: Params.args, **kwargs: Params.kwargs) -> Any:
        key = key_of(request)
        if key is None:
            with transaction.atomic():
                return view(request, *args, **kwargs)
        wanted = Claim(actor_of(request).id, key, request_hash(request))
        with transaction.atomic():
            earlier = claim([wanted])[wanted.principal, key]
            if earlier is not None:
                check_same_request(earlier, wanted.request_hash)
                return stored_response(_opened(earlier) if sealed else earlier)
            response = _execute(request, operations[0], lambda: view(request, *args, **kwargs))
            for argument in kwargs.values():
                if isinstance(argument, HttpResponse):
                    _copy_headers(argument, response)
            answer = _answer(wanted, response)
            store_answers([_closed(answer) if sealed else answer])
        return response

    contribute_operation_callback(once, operations.append)
    return heeds_key(once)


def heeds_key(view: View[Params]) -> View[Params]:
    """Say in the API's description that the view takes an Idempotency-Key, by its own means."""
    contribute_operation_callback(view, _describe)
    return view


def _execute(request: HttpRequest, operation: Operation, run: Callable[[], Any]) -> HttpResponse:
    try:
        with transaction.atomic():
            return render(operation, run())
    except DomainError as refusal:
        if refusal.status in _NOT_STORED or refusal.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            raise
        return HttpResponse(
            dumps(problem_of(refusal, request_id=request_id_of(request))),
            status=refusal.status,
            content_type="application/problem+json",
        )


def render(operation: Operation, result: Any) -> HttpResponse:
    """Return a view's result as the framework would, but as bytes that can be stored."""
    if isinstance(result, HttpResponse):
        return result
    status: Any = (
        next(iter(operation.response_models)) if len(operation.response_models) == 1 else 200
    )
    if isinstance(result, Status):
        status, result = result.status_code, result.value
    model = operation.response_models.get(status, operation.response_models.get(Ellipsis, NOT_SET))
    if model is None:
        return HttpResponse(b"", status=status, content_type="application/json")
    if model is not NOT_SET:
        result = _validated(model.model_fields["response"].annotation, result)
    return HttpResponse(dumps(result), status=status, content_type="application/json")


def _validated(annotation: Any, result: Any) -> Any:
    """Return *result* as JSON-ready values of its declared type."""
    if (
        isinstance(result, BaseModel)
        and isinstance(annotation, type)
        and isinstance(result, annotation)
    ):
        return result.model_dump(mode="json")
    adapter = TypeAdapter(annotation)
    return adapter.dump_python(adapter.validate_python(result, from_attributes=True), mode="json")


def _copy_headers(source: HttpResponse, target: HttpResponse) -> None:
    for name in _KEPT_HEADERS:
        if name in source.headers:
            target.headers[name] = source.headers[name]


def _answer(wanted: Claim, response: HttpResponse) -> Answer:
    headers = {name: response.headers[name] for name in _KEPT_HEADERS if name in response.headers}
    return Answer(
        principal=wanted.principal,
        key=wanted.key,
        request_hash=wanted.request_hash,
        status=response.status_code,
        body=response.content,
        headers=headers or None,
    )


def _closed(answer: Answer) -> Answer:
    return replace(answer, body=seal(answer.body, purpose=_PURPOSE))


def _opened(stored: StoredAnswer) -> StoredAnswer:
    return replace(stored, body=unseal(stored.body, purpose=_PURPOSE))


def _describe(operation: Operation) -> None:
    extra: dict[str, Any] = operation.openapi_extra or {}
    operation.openapi_extra = {
        **extra,
        "parameters": [*extra.get("parameters", []), IDEMPOTENCY_KEY],
    }
