"""Bulk writes: each item is checked and refused for itself."""

from collections.abc import Callable, Sequence
from typing import Annotated, Any, Generic, TypeVar, get_args

from pydantic import Field, GetCoreSchemaHandler, GetJsonSchemaHandler, ValidationError
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from chaland.kernel.errors import DomainError, FieldProblem, InvalidInputError
from chaland.kernel.outcomes import WriteOutcome
from chaland.web.context import present_request_id
from chaland.web.problems import problem_of
from chaland.web.schemas import BULK_LIMIT, Body, BulkAnswer, BulkItem, ProblemView
from chaland.web.validation import field_problems

Item = TypeVar("Item", bound=Body)


class _ShownAs:
    """Describes a field of a body by the schema of a model that it is not checked against."""

    def __init__(self, model: type[Body]) -> None:
        self.model = model

    def __get_pydantic_json_schema__(
        self, _schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """Return the schema of the model."""
        return handler(self.model.__pydantic_core_schema__)


class Unchecked(dict[str, Any], Generic[Item]):
    """An object that is described as an ``Item``, but taken as it came: it is checked later."""

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Take any object."""
        (item,) = get_args(source)
        if isinstance(item, TypeVar):
            return handler.generate_schema(dict[str, Any])
        return handler.generate_schema(Annotated[dict[str, Any], _ShownAs(item)])


class ItemsBody(Body, Generic[Item]):
    """Up to 500 items; each is written or refused for itself."""

    items: Annotated[list[Unchecked[Item]], Field(min_length=1, max_length=BULK_LIMIT)]
    reason: Annotated[str, Field(max_length=500)] = ""


def write_items(
    body: ItemsBody[Item],
    schema: type[Item],
    write: Callable[[Sequence[Item]], Sequence[WriteOutcome]],
) -> BulkAnswer:
    """Check each item of *body* against *schema*, *write* the good ones together, answer all.

    *write* gives one outcome for each item it was given, in the same order.
    """
    good: list[tuple[int, Item]] = []
    results: dict[int, BulkItem] = {}
    for index, raw in enumerate(body.items):
        try:
            good.append((index, schema.model_validate(raw)))
        except ValidationError as error:
            refusal = InvalidInputError(item_problems(error))
            code = raw.get("code")
            results[index] = _rejected(index, code if isinstance(code, str) else None, refusal)
    outcomes = write([item for _, item in good]) if good else []
    for (index, _), outcome in zip(good, outcomes, strict=True):
        if outcome.problem is not None:
            results[index] = _rejected(index, outcome.code, outcome.problem)
        else:
            results[index] = BulkItem(index=index, status=outcome.status, code=outcome.code)
    return BulkAnswer(results=[results[index] for index in range(len(body.items))])


def item_problems(error: ValidationError) -> list[FieldProblem]:
    """Return what is wrong with an item that was checked by itself, with paths from the item."""
    return field_problems(
        {**found, "loc": ("body", "item", *found["loc"])} for found in error.errors()
    )


def _rejected(index: int, code: str | None, refusal: DomainError) -> BulkItem:
    problem = ProblemView.model_validate(problem_of(refusal, request_id=present_request_id()))
    return BulkItem(index=index, status="rejected", code=code, problem=problem)
