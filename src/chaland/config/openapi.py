"""The API's description: served beside the API, and kept in the repository as `openapi.json`."""

import json
from functools import cache
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from chaland.config.api import API_ROOT, build_api


def describe() -> dict[str, Any]:
    """Make the OpenAPI 3.1 document of the whole API."""
    return dict(build_api().get_openapi_schema(path_prefix=f"/{API_ROOT}"))


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
