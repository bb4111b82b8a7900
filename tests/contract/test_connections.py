"""What a refusal does to its connection: nothing, unless the body was too large to be read."""

import httpx
import pytest

from tests.contract.conftest import Served

pytestmark = [pytest.mark.contract, pytest.mark.django_db]

LARGE = b" " * 900_000
TOO_LARGE = b" " * 1_000_001


@pytest.mark.parametrize("path", ["/orders", "/promises", "/orders/bulk", "/no/such/place"])
@pytest.mark.parametrize(
    "headers",
    [
        {"Authorization": "Bearer chl_nobody_knows"},
        {"Content-Type": "text/plain"},
        {"Idempotency-Key": "has a space"},
    ],
)
def test_the_next_request_comes_through(served: Served, path: str, headers: dict[str, str]) -> None:
    with _client(served) as client:
        for _ in range(3):
            assert client.post(path, content=LARGE, headers=headers).is_client_error
            assert client.get("/skus/LAMP").status_code == 200


@pytest.mark.parametrize("path", ["/orders", "/promises"])
def test_too_much_ends_the_connection_and_says_so(served: Served, path: str) -> None:
    with _client(served) as client:
        for _ in range(3):
            refused = client.post(path, content=TOO_LARGE)
            assert (refused.status_code, refused.json()["code"]) == (413, "body_too_large")
            assert refused.headers["Connection"] == "close"
            assert client.get("/skus/LAMP").status_code == 200


def test_chunks_are_refused(served: Served) -> None:
    with _client(served) as client:
        refused = client.post("/promises", content=iter([b"{", b"}"]))
    assert (refused.status_code, refused.json()["code"]) == (411, "length_required")


def _client(served: Served) -> httpx.Client:
    return httpx.Client(
        base_url=f"{served.url}/api/v1",
        headers={
            "Authorization": f"Bearer {served.shop.client.token}",
            "Content-Type": "application/json",
        },
        limits=httpx.Limits(max_connections=1),
        timeout=30,
    )
