"""Find orders by whatever a person has in hand, within what the actor may see."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from chaland.customers import queries as customer_queries
from chaland.fulfilment import queries as fulfilment_queries
from chaland.fulfilment.types import FULFILMENT_PREFIX
from chaland.journeys.visibility import location_of, visible_location_ids
from chaland.kernel.actor import Actor
from chaland.kernel.ids import InvalidPublicIdError, from_public
from chaland.network.queries import snapshot
from chaland.network.types import NetworkSnapshot
from chaland.orders import queries as order_queries
from chaland.orders.queries import Meaning, OrderFilter
from chaland.orders.types import ORDER_PREFIX, OrderMethod, OrderState, OrderView
from chaland.web.pagination import unknown_filter

MOST_CUSTOMERS = 200
"""How many people of one name are followed to their orders."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderSearch:
    """What to look for; empty fields do not narrow.

    ``q`` is a public id, the channel's own number, a carrier's tracking number or, for those who
    may read customers, an e-mail address, a phone number, a reference or a name. ``channel`` and
    ``location`` are codes; ``placed_from`` is inclusive, ``placed_to`` exclusive.
    """

    q: str = ""
    states: Sequence[OrderState] = ()
    channel: str = ""
    location: str = ""
    method: OrderMethod | None = None
    placed_from: datetime | None = None
    placed_to: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundOrder:
    """An order of a list. ``units`` and ``locations`` count what the actor may see.

    ``total`` is in the order's currency, and None for an actor who may see a part of the order
    only.
    """

    order: OrderView
    channel: str
    locations: tuple[str, ...]
    units: int
    total: Decimal | None


def find_orders(
    search: OrderSearch, *, actor: Actor, before: UUID | None = None, limit: int = 50
) -> list[FoundOrder]:
    """Return orders, newest first, from just before the order *before*; a fixed number of queries.

    Raises InvalidInputError for a channel or location that there is not.
    """
    network = snapshot()
    visible = visible_location_ids(actor, network)
    filters = _filters(search, network, visible, actor)
    orders = order_queries.search(filters, before=before, limit=limit)
    return _found(orders, network, visible)


def _filters(
    search: OrderSearch, network: NetworkSnapshot, visible: list[int] | None, actor: Actor
) -> OrderFilter:
    filters = OrderFilter(
        states=search.states,
        method=search.method,
        placed_from=search.placed_from,
        placed_to=search.placed_to,
    )
    if search.channel:
        channel = network.channels.get(search.channel)
        if channel is None:
            raise unknown_filter("channel", search.channel)
        filters = replace(filters, channel_ids=(channel.id,))
    at = visible
    if search.location:
        location = network.location(search.location)
        if location is None or (visible is not None and location.id not in visible):
            raise unknown_filter("location", search.location)
        at = [location.id]
    if at is not None:
        filters = replace(filters, within=fulfilment_queries.orders_at(at))
    text = search.q.replace("\0", "").strip()
    if not text:
        return filters
    return replace(filters, meant=_meaning(text, list(network.channels_by_id), actor))


def _meaning(text: str, channel_ids: Sequence[int], actor: Actor) -> Meaning:
    """Read what a person typed."""
    meaning = Meaning(external_id=text, channel_ids=channel_ids)
    order_id = _id_in(ORDER_PREFIX, text)
    if order_id is not None:
        return replace(meaning, order_ids=(order_id,))
    fulfilment_id = _id_in(FULFILMENT_PREFIX, text)
    if fulfilment_id is not None:
        parts = fulfilment_queries.by_id([fulfilment_id]).values()
        return replace(meaning, order_ids=[part.order_id for part in parts])
    people = (
        customer_queries.search(text, limit=MOST_CUSTOMERS) if actor.may("customers:read") else []
    )
    return replace(
        meaning,
        order_ids=fulfilment_queries.orders_of_tracking_number(text),
        customer_ids=[person.id for person in people],
    )


def _id_in(prefix: str, text: str) -> UUID | None:
    try:
        return from_public(prefix, text)
    except InvalidPublicIdError:
        return None


def _found(
    orders: Sequence[OrderView], network: NetworkSnapshot, visible: list[int] | None
) -> list[FoundOrder]:
    ids = [order.id for order in orders]
    parts = fulfilment_queries.of_orders(ids)
    lines = order_queries.lines_of(ids)
    mine = None if visible is None else frozenset(visible)
    part_ids = [part.id for several in parts.values() for part in several]
    part_lines = {} if mine is None else fulfilment_queries.lines_of(part_ids)
    found = []
    for order in orders:
        seen = [part for part in parts[order.id] if mine is None or part.location_id in mine]
        units = (
            sum(line.quantity - line.cancelled for line in lines[order.id])
            if mine is None
            else sum(line.to_give for part in seen for line in part_lines[part.id])
        )
        codes = {location_of(network, part.location_id).code for part in seen}
        found.append(
            FoundOrder(
                order=order,
                channel=network.channels_by_id[order.channel_id].code,
                locations=tuple(sorted(codes)),
                units=units,
                total=order.total_amount if mine is None else None,
            )
        )
    return found
