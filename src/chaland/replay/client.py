"""The public API as a replay uses it: with a key, over HTTP, and patiently."""

import threading
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

import httpx

from chaland.replay.types import Answer, PlannedCancellation, ReplayError

TIMEOUT = httpx.Timeout(60.0, connect=10.0)
PATIENCE_SECONDS = (0.2, 0.5, 1.0, 2.0, 4.0, 8.0, 15.0)
_TRY_AGAIN = frozenset(
    {
        HTTPStatus.TOO_MANY_REQUESTS,
        HTTPStatus.BAD_GATEWAY,
        HTTPStatus.SERVICE_UNAVAILABLE,
        HTTPStatus.GATEWAY_TIMEOUT,
        HTTPStatus.INTERNAL_SERVER_ERROR,
    }
)


class Api:
    """A server's API, behind one key. Thread-safe. Close it when done."""

    def __init__(self, url: str, key: str, *, connections: int, stop: threading.Event) -> None:
        """Take the server's address (``http://127.0.0.1:8000``); *stop* cuts waiting short."""
        self._stop = stop
        self._http = httpx.Client(
            base_url=f"{url.rstrip('/')}/api/v1",
            headers={"Authorization": f"Bearer {key}"},
            timeout=TIMEOUT,
            limits=httpx.Limits(max_connections=connections, max_keepalive_connections=connections),
        )

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def place(self, orders: Sequence[dict[str, Any]]) -> list[Answer]:
        """Send up to 500 orders in one request and return the answer to each."""
        body = self.send("POST", "/orders/bulk", {"orders": list(orders)})
        answers = [Answer("rejected", reason="no_answer")] * len(orders)
        for result in body["results"]:
            answers[result["index"]] = _answer(result)
        return answers

    def cancel(self, cancellation: PlannedCancellation, order_id: str) -> Answer:
        """Cancel units of one order; the key makes a repetition harmless while it is kept."""
        order = self.send("GET", f"/orders/{order_id}")
        lines = {line["line_id"]: line["id"] for line in order["lines"]}
        response = self._patiently(
            "POST",
            f"/orders/{order_id}/cancel",
            {
                "reason": f"cancelled by {cancellation.key.partition('>')[0]}",
                "lines": [
                    {"line": lines[line], "quantity": quantity}
                    for line, quantity in _units_by_line(cancellation).items()
                ],
            },
            {"Idempotency-Key": f"replay:{cancellation.key}:{order_id}"},
        )
        if response.is_success:
            replayed = response.headers.get("Idempotency-Replayed") == "true"
            return Answer("duplicate" if replayed else "accepted", order_id)
        _raise_if_fatal(response)
        return Answer("rejected", order_id, _code(response))

    def send(self, method: str, path: str, body: object | None = None) -> Any:
        """Send *body*, if any, and return the answer. Raises ReplayError unless it succeeded."""
        response = self._patiently(method, path, body, {})
        if not response.is_success:
            _raise_if_fatal(response)
            raise ReplayError(f"{method} {path} was refused: {_told(response)}")
        return response.json()

    def _patiently(
        self, method: str, path: str, body: object, headers: dict[str, str]
    ) -> httpx.Response:
        """Send until there is an answer that waiting would not change. Raises ReplayError."""
        trouble = ""
        for pause in (*PATIENCE_SECONDS, None):
            try:
                response = self._http.request(method, path, json=body, headers=headers)
            except httpx.TransportError as error:
                trouble = str(error) or type(error).__name__
            else:
                if response.status_code not in _TRY_AGAIN:
                    return response
                trouble = _told(response)
            if pause is None or self._stop.wait(pause):
                break
        raise ReplayError(f"{self._http.base_url}{path.lstrip('/')} does not answer: {trouble}")


def _answer(result: dict[str, Any]) -> Answer:
    status = result["status"]
    if status == "duplicate":
        return Answer("duplicate", result["id"])
    if status == "rejected":
        return Answer("rejected", reason=result["problem"]["code"])
    return Answer("accepted", result["id"])


def _units_by_line(cancellation: PlannedCancellation) -> dict[str, int]:
    """Add up what several cancelling lines take off the same line of the order."""
    total: dict[str, int] = {}
    for unit in cancellation.units:
        total[unit.line_id] = total.get(unit.line_id, 0) + unit.quantity
    return total


def _raise_if_fatal(response: httpx.Response) -> None:
    if response.status_code in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
        raise ReplayError(f"the key does not do: {_told(response)}")


def _code(response: httpx.Response) -> str:
    try:
        return str(response.json()["code"])
    except (ValueError, KeyError, TypeError):
        return f"http_{response.status_code}"


def _told(response: httpx.Response) -> str:
    try:
        problem = response.json()
        told = f"{response.status_code} {problem['code']}: {problem['detail']}"
        return f"{told} {problem.get('fix', '')}".rstrip()
    except (ValueError, KeyError, TypeError):
        return f"HTTP {response.status_code}"
