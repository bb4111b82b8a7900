"""The routes of the published description, and a request to each that is good."""

import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from chaland.config.openapi import describe
from chaland.web.description import WRITES, operations
from tests.contract.shop import Shop

DOCUMENT = describe()


@dataclass(frozen=True)
class Route:
    """One operation of the description."""

    path: str
    method: str
    described: Mapping[str, Any]

    def __str__(self) -> str:
        """Return the name that a test shows."""
        return str(self.described["operationId"])

    @property
    def scope(self) -> str:
        """Return the right that it asks for."""
        return str(self.described["x-required-scope"])

    @property
    def writes(self) -> bool:
        """Say whether it changes something: a quote is asked for by POST, and changes nothing."""
        return self.method in WRITES and not self.scope.endswith(":read")

    @property
    def parameters(self) -> set[str]:
        """Return the names of its parameters, headers included."""
        return {parameter["name"] for parameter in self.described["parameters"]}

    @property
    def has_body(self) -> bool:
        """Say whether it reads a body."""
        return "requestBody" in self.described

    def answer_schema(self) -> Mapping[str, Any]:
        """Return the schema of its good answer, empty when that has no body."""
        return _resolved(_schema_of(self.described["responses"].get("200", {})))

    def example(self, shop: Shop) -> Any:
        """Return a body that the description shows, with what can be true of this retailer only."""
        if not self.has_body:
            return None
        schema = _resolved(_schema_of(self.described["requestBody"]))
        for name in ("items", "orders"):
            if name in schema["properties"]:
                item = _resolved(schema["properties"][name]["items"])["examples"][0]
                return {name: [{**item, **self._change(shop)}]}
        return {**schema.get("examples", [{}])[0], **self._change(shop)}

    def _change(self, shop: Shop) -> Mapping[str, Any]:
        if self.path in ("/api/v1/orders", "/api/v1/orders/bulk"):
            return {"external_id": f"C-{next(_numbers)}"}
        change = CHANGES.get(str(self))
        return change(shop) if change else {}


_numbers = itertools.count(1)
CHANGES: Mapping[str, Callable[[Shop], Mapping[str, Any]]] = {
    "update_user": lambda _: {"display_name": "Anne"},
    "pick_fulfilment_order": lambda _: {"lines": []},
    "deliver_fulfilment_order": lambda _: {"delivered_at": None},
    "date_lots": lambda _: {"lot": "L0"},
    "receive_supply": lambda shop: {"supply": shop.ids["supply_id"]},
    "cancel_supply": lambda shop: {"supply": shop.ids["supply_id"]},
    "dispatch_transfers": lambda shop: {"supply": next(shop.transfers)},
    "promise_backorders": lambda _: {
        "reference": f"C-{next(_numbers)}",
        "lines": [{"sku": "CHAIR", "quantity": 1}],
    },
    "collect_fulfilment_order": lambda shop: {"pickup_code": shop.pickup_code()},
}
"""What an example cannot know of this retailer, by the route's name."""

ROUTES = [Route(path, method, described) for path, method, described in operations(DOCUMENT)]


def _schema_of(described: Mapping[str, Any]) -> Mapping[str, Any]:
    schema: Mapping[str, Any] = (
        described.get("content", {}).get("application/json", {}).get("schema", {})
    )
    return schema


def _resolved(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    name = schema.get("$ref", "").rpartition("/")[2]
    found: Mapping[str, Any] = DOCUMENT["components"]["schemas"][name] if name else schema
    return found
