"""The API as the demo's machines use it, each with its own key."""

from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any

import httpx

FRONT = "shop-front"
ERP = "erp"
CARRIERS = "carriers"
INTEGRATOR = "integrator"
GROUP_KEYS = frozenset({FRONT, ERP, CARRIERS, INTEGRATOR})

_TIMEOUT = httpx.Timeout(30.0, connect=5.0)


class Refused(Exception):  # noqa: N818 - an answer, not a fault
    """The API said no; ``code`` is the problem's code."""

    def __init__(self, status: int, code: str) -> None:
        super().__init__(f"{status} {code}")
        self.status = status
        self.code = code


class Peers:
    """One connection pool, many keys. Raises httpx.TransportError when the server is away."""

    def __init__(self, url: str, keys: Mapping[str, str]) -> None:
        self._http = httpx.Client(base_url=f"{url}/api/v1", timeout=_TIMEOUT)
        self._keys = keys

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def sites(self) -> list[str]:
        """Name the keys of organisations, which do the work of their sites."""
        return [name for name in self._keys if name not in GROUP_KEYS]

    def post(self, who: str, path: str, body: object | None = None) -> Any:
        """Send *body* as *who* and return the answer. Raises Refused."""
        return self._answer(self._http.post(path, json=body, headers=self._headers(who)))

    def get(self, who: str, path: str, **query: Any) -> Any:
        """Read as *who*. Raises Refused."""
        return self._answer(self._http.get(path, params=query, headers=self._headers(who)))

    def all_pages(self, who: str, path: str, **query: Any) -> Iterator[dict[str, Any]]:
        """Read a list to its end as *who*."""
        page = self.get(who, path, limit=200, **query)
        yield from page["items"]
        while page["next"]:
            url = httpx.URL(page["next"])
            response = self._http.get(
                str(self._http.base_url.join(url)), headers=self._headers(who)
            )
            page = self._answer(response)
            yield from page["items"]

    def _headers(self, who: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._keys[who]}"}

    @staticmethod
    def _answer(response: httpx.Response) -> Any:
        if response.is_success:
            return response.json()
        try:
            code = str(response.json()["code"])
        except (ValueError, KeyError, TypeError):
            code = HTTPStatus(response.status_code).phrase
        raise Refused(response.status_code, code)
