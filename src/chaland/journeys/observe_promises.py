"""Tell the promise room what became of promises, so that it learns from them."""

from collections import Counter
from collections.abc import Sequence
from uuid import UUID

from chaland.fulfilment import queries as fulfilment_queries
from chaland.fulfilment.types import FulfilmentMethod, FulfilmentState, FulfilmentView
from chaland.kernel.geo import GeoPoint, distance_km
from chaland.network.queries import snapshot
from chaland.network.types import NetworkSnapshot
from chaland.orders import queries as order_queries
from chaland.orders.types import OrderView
from chaland.promise.operations import observe
from chaland.promise.types import ObservedWork

_DROPPED = (FulfilmentState.REFUSED, FulfilmentState.CANCELLED)


def observe_promises(fulfilment_ids: Sequence[UUID]) -> None:
    """Keep what has happened to these fulfilment orders; six queries however many they are."""
    views = fulfilment_queries.by_id(fulfilment_ids)
    orders = order_queries.orders_by_id({view.order_id for view in views.values()})
    lines = fulfilment_queries.lines_of(views)
    parcels = fulfilment_queries.parcels_of(views)
    parts: Counter[UUID] = Counter()
    for order_id, siblings in fulfilment_queries.of_orders(orders).items():
        parts[order_id] = sum(part.state not in _DROPPED for part in siblings)
    network = snapshot()
    works = []
    for view in views.values():
        weights = [parcel.weight_grams for parcel in parcels[view.id]]
        works.append(
            _work(
                view,
                orders[view.order_id],
                network,
                parts=max(parts[view.order_id], 1),
                items=max(sum(line.to_give for line in lines[view.id]), 1),
                weight=sum(filter(None, weights)) or None,
            )
        )
    observe(works=works)


def _work(
    view: FulfilmentView,
    order: OrderView,
    network: NetworkSnapshot,
    *,
    parts: int,
    items: int,
    weight: int | None,
) -> ObservedWork:
    site = network.locations[network.index_of[view.location_id]]
    pickup = view.method is FulfilmentMethod.PICKUP
    told = order.promise_confidence
    return ObservedWork(
        id=view.id,
        order_id=view.order_id,
        channel=network.channels_by_id[order.channel_id].code,
        site=site.code,
        method=view.method.value,
        service=view.service_code or "",
        country=order.destination_country,
        postal_code=order.destination_postal_code,
        distance_km=None
        if pickup
        else distance_km(
            GeoPoint(site.latitude, site.longitude),
            GeoPoint(order.destination_latitude, order.destination_longitude),
        ),
        weight_grams=weight,
        items=items,
        ordered_at=order.received_at,
        released_at=view.released_at,
        prepared_at=view.ready_at if pickup else view.packed_at,
        handed_at=view.ready_at if pickup else view.shipped_at,
        done_at=view.ready_at if pickup else view.delivered_at,
        promised_earliest=view.promise_earliest,
        promised_latest=view.promise_latest,
        # The order is in time if all its parts are: each has its share of the chance.
        confidence=None if told is None else round(told ** (1 / parts), 4),
        basis=order.promise_basis,
    )
