"""What goes into a batch of orders to be placed, and what comes out for each."""

from dataclasses import dataclass
from http import HTTPStatus

from chaland.customers.types import PersonDraft
from chaland.journeys.place_orders.body import OrderBody
from chaland.kernel.actor import Actor


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacementRequest:
    """One order to be placed, as one actor sent it.

    ``person`` is the body's customer, checked. ``content_hash`` is the SHA-256 of the body in
    canonical form. ``idempotency_key`` is the client's own name for this request, None when it sent
    none; ``request_hash`` tells whether the same key comes with the same request.
    """

    body: OrderBody
    person: PersonDraft
    actor: Actor
    content_hash: bytes
    request_hash: bytes
    idempotency_key: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacementAnswer:
    """What the client is told: an HTTP status and a body of JSON, encoded once.

    201: the order was placed. 200: it was already known. 4xx: it was refused, nothing was changed,
    and the body is problem+json. ``replayed`` marks an answer that was given before under the same
    key. ``order`` is the public id of the order, empty when there is none.
    """

    status: int
    content: bytes
    order: str = ""
    replayed: bool = False

    @property
    def refused(self) -> bool:
        """Tell whether the body is a problem."""
        return self.status >= HTTPStatus.BAD_REQUEST
