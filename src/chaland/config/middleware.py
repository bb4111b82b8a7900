"""Middleware of the screens, which the API does without, and headers for both.

A machine's request carries a key, not a cookie: sessions, CSRF, messages and language would only
cost it time, and `POST /api/v1/orders` is a hot path. Each name below is the wrapped middleware of
a library; for a path under `/api/` it hands the request on untouched.
"""

import time
import uuid
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

import structlog
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.module_loading import import_string

GetResponse = Callable[[HttpRequest], HttpResponseBase]
Middleware = Callable[[GetResponse], GetResponse]

API_PREFIX = "/api/"
DOCS_PREFIX = "/api/docs"
PROBES = frozenset({"/healthz", "/readyz", "/metrics"})

# Scripts, styles and images come from this site alone. Inline styles are what the API's
# interactive documentation sets on its own elements.
CONTENT_SECURITY_POLICY = (
    "default-src 'self'; img-src 'self' data:; style-src 'self'; object-src 'none'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
DOCS_POLICY = CONTENT_SECURITY_POLICY.replace(
    "style-src 'self'", "style-src 'self' 'unsafe-inline'"
)

log = structlog.get_logger(__name__)


class ScreensOnly:
    """Run one middleware for the screens and none for the API."""

    def __init__(self, dotted_path: str) -> None:
        self.dotted_path = dotted_path

    def __call__(self, get_response: GetResponse) -> "_Wrapped":
        """Make the middleware, as Django asks at start-up."""
        return _Wrapped(import_string(self.dotted_path)(get_response), get_response)


class _Wrapped:
    """The instance that Django calls, with the hooks of the middleware inside."""

    async_capable = False
    sync_capable = True

    def __init__(self, inner: Any, get_response: GetResponse) -> None:
        self.inner = inner
        self.get_response = get_response
        if hasattr(inner, "process_view"):
            self.process_view = self._process_view

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.path_info.startswith(API_PREFIX):
            return self.get_response(request)
        response: HttpResponseBase = self.inner(request)
        return response

    def _process_view(
        self, request: HttpRequest, view: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> HttpResponseBase | None:
        if request.path_info.startswith(API_PREFIX):
            return None
        answer: HttpResponseBase | None = self.inner.process_view(request, view, args, kwargs)
        return answer


static_files = ScreensOnly("whitenoise.middleware.WhiteNoiseMiddleware")
sessions = ScreensOnly("django.contrib.sessions.middleware.SessionMiddleware")
locale = ScreensOnly("django.middleware.locale.LocaleMiddleware")
common = ScreensOnly("django.middleware.common.CommonMiddleware")
csrf = ScreensOnly("django.middleware.csrf.CsrfViewMiddleware")
authentication = ScreensOnly("django.contrib.auth.middleware.AuthenticationMiddleware")
messages = ScreensOnly("django.contrib.messages.middleware.MessageMiddleware")
htmx = ScreensOnly("django_htmx.middleware.HtmxMiddleware")


class SecurityHeaders:
    """Say on each answer that nothing may be loaded from elsewhere."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer, with the headers that the view did not set itself."""
        response = self.get_response(request)
        docs = request.path_info.startswith(DOCS_PREFIX)
        response.headers.setdefault(
            "Content-Security-Policy", DOCS_POLICY if docs else CONTENT_SECURITY_POLICY
        )
        response.headers.setdefault(
            "Permissions-Policy", "camera=(self), geolocation=(), microphone=(), payment=()"
        )
        return response


class RequestLog:
    """Give each request an id, and log each answer of 0.5 s and more or of an error on our side.

    A line for every request would cost more than the request: that is the proxy's job.
    """

    slow_seconds = 0.5

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer, and log the answer when it is worth a line."""
        started = time.perf_counter()
        request_id = request.headers.get("X-Request-Id", "")[:64] or uuid.uuid4().hex
        structlog.contextvars.bind_contextvars(request_id=request_id)
        try:
            response = self.get_response(request)
        finally:
            structlog.contextvars.unbind_contextvars("request_id")
        response.headers["X-Request-Id"] = request_id
        seconds = time.perf_counter() - started
        if response.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR or seconds >= self.slow_seconds:
            log.warning(
                "answered",
                request_id=request_id,
                method=request.method,
                path=request.path,
                status=response.status_code,
                seconds=round(seconds, 3),
            )
        return response
