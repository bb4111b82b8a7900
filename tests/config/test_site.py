"""The site as a whole: probes, headers, documentation, what the API does without."""

import re

import pytest
from django.test import Client
from pytest_django import Settings

from chaland.config import middleware, rooms


def test_the_process_says_that_it_lives(client: Client) -> None:
    assert client.get("/healthz").json()["status"] == "alive"


@pytest.mark.django_db
def test_the_process_says_that_it_is_ready(client: Client) -> None:
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ready"})


def test_metrics_are_for_this_machine(client: Client) -> None:
    assert b"python_info" in client.get("/metrics").content
    assert client.get("/metrics", REMOTE_ADDR="192.0.2.1").status_code == 403
    assert client.get("/metrics", headers={"X-Forwarded-For": "127.0.0.1"}).status_code == 403


def test_metrics_can_be_had_with_a_token(client: Client, settings: Settings) -> None:
    settings.CHALAND_METRICS_TOKEN = "letmein"
    assert client.get("/metrics").status_code == 403
    assert client.get("/metrics", headers={"Authorization": "Bearer no"}).status_code == 403
    answer = client.get(
        "/metrics", headers={"Authorization": "Bearer letmein"}, REMOTE_ADDR="192.0.2.1"
    )
    assert answer.status_code == 200


def test_answers_forbid_loading_from_elsewhere(client: Client) -> None:
    headers = client.get("/healthz").headers
    assert headers["Content-Security-Policy"].startswith("default-src 'self'")
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["X-Request-Id"]


def test_a_request_id_is_handed_back(client: Client) -> None:
    answer = client.get("/healthz", headers={"X-Request-Id": "from-the-proxy"})
    assert answer.headers["X-Request-Id"] == "from-the-proxy"


def test_the_documentation_loads_nothing_from_elsewhere(client: Client) -> None:
    answer = client.get("/api/docs")
    assert answer.status_code == 200
    page = answer.content.decode()
    sources = re.findall(r'(?:src|href)="([^"]+)"', page)
    assert sources
    assert all(source.startswith("/static/") for source in sources), sources
    assert '"validatorUrl": null' in page


def test_the_description_is_openapi_3_1(client: Client) -> None:
    description = client.get("/api/v1/openapi.json").json()
    assert description["openapi"].startswith("3.1")
    assert "/api/v1/orders" in description["paths"]


def test_the_api_passes_no_session_middleware(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wrapped middleware sees no request of the API, neither on the way in nor by its hooks."""

    class Tripwire:
        def __init__(self, get_response: middleware.GetResponse) -> None:
            self.get_response = get_response

        def __call__(self, request: object) -> object:
            raise AssertionError(request)

        def process_view(self, request: object, *_: object) -> None:
            raise AssertionError(request)

    monkeypatch.setattr(middleware, "import_string", lambda _path: Tripwire)
    fresh = Client()
    with pytest.raises(AssertionError):
        fresh.get("/healthz")
    answer = Client().get("/api/v1/openapi.json")
    assert answer.status_code == 200
    assert not answer.cookies


def test_a_screen_without_a_language_is_french_and_english_on_request(client: Client) -> None:
    assert client.get("/healthz").headers.get("Content-Language") == "fr"
    english = client.get("/healthz", headers={"Accept-Language": "en-GB,en;q=0.9"})
    assert english.headers.get("Content-Language") == "en"


def test_rooms_are_found_by_what_they_bring() -> None:
    assert "database" in rooms.rooms_with("apps")
    assert not rooms.has_module("database", "api")
    assert not rooms.has_module("nowhere", "api")
