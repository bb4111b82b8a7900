"""The API's description: served beside the API, and kept in the repository as `openapi.json`."""

import json
from functools import cache
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe
from ninja.openapi.schema import OpenAPISchema
from ninja.operation import Operation

from chaland.config.api import API_ROOT, build_api
from chaland.web.description import complete

TAGS = {
    "Orders": "Place, find, read, explain and cancel orders.",
    "Promises": "What may be promised to a customer, and the carriers' services behind it.",
    "Sourcing": "Strategies: rules and weights by which the sites of orders are chosen.",
    "Lab": "Real periods lived through again under other strategies, prices, sites and stock.",
    "Fulfilment": "The work of the sites, from release to the customer's hands.",
    "Stock": "Positions, the ledger behind them, and what can still be promised.",
    "Holds": "Units kept for a basket, for a while.",
    "Counts": "Count shelves, decide about differences, and see how true the records are.",
    "Catalog": "What is sold.",
    "Network": "Organisations, locations, channels, and where postal codes are.",
    "Customers": "Personal data, kept in this one place.",
    "Events and webhooks": "Everything that happened, to be read or to be delivered.",
    "Access": "API keys, users and the audit log.",
}


class _Document(OpenAPISchema):
    """The framework's document, in which two things never share a name by accident."""

    def operation_details(self, operation: Operation) -> dict[str, Any]:
        """Name the operation as its function is named, for the clients made from this."""
        operation.operation_id = operation.view_func.__name__
        if operation.operation_id in self.all_operation_ids:
            raise ValueError(f"two operations are called {operation.operation_id}")
        details: dict[str, Any] = super().operation_details(operation)
        return details

    def add_schema_definitions(self, definitions: dict[str, Any]) -> None:
        """Take schemas in; raise ValueError when one would overwrite another."""
        for name, definition in definitions.items():
            if self.schemas.setdefault(name, definition) != definition:
                raise ValueError(f"two schemas are called {name}")


def describe() -> dict[str, Any]:
    """Make the OpenAPI 3.1 document of the whole API.

    Raises ValueError when two operations, or two different schemas, have the same name.
    """
    document = dict(_Document(build_api(), f"/{API_ROOT}"))
    document["tags"] = [{"name": name, "description": text} for name, text in TAGS.items()]
    return complete(document)


def export() -> str:
    """Make the text of `openapi.json`, the same for the same code."""
    return json.dumps(describe(), indent=2, ensure_ascii=False, default=str) + "\n"


@cache
def _served() -> bytes:
    return json.dumps(describe(), ensure_ascii=False, default=str).encode()


@require_safe
def openapi_json(_request: HttpRequest) -> HttpResponse:
    """Serve the description to programs."""
    return HttpResponse(_served(), content_type="application/json")


@require_safe
def docs(request: HttpRequest) -> HttpResponse:
    """Show the description to people, with forms to try it; everything comes from this site."""
    swagger = {
        "url": reverse("openapi-json"),
        "layout": "BaseLayout",
        "deepLinking": True,
        "persistAuthorization": False,
        "tryItOutEnabled": True,
        "validatorUrl": None,  # else Swagger UI sends the address to a validator on the internet
    }
    context = {"swagger_settings": json.dumps(swagger), "api": build_api(), "add_csrf": False}
    return render(request, "ninja/swagger.html", context)
