"""Requests as the door sees them."""

from django.http import HttpRequest
from django.test import RequestFactory


def request_with(authorization: str, *, request_id: str = "") -> HttpRequest:
    """Make a request with this ``Authorization`` header."""
    headers = {"Authorization": authorization, "X-Request-Id": request_id}
    return RequestFactory().get("/api/v1/", headers=headers)
