"""Create, through the API, what a file's orders need: a channel, sites, articles and stock."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from hashlib import blake2b
from itertools import pairwise
from typing import Any

from chaland.replay.client import Api
from chaland.replay.destinations import Destination, Destinations
from chaland.replay.types import OrderLine, ReplayError, Step

Told = Callable[[str, int, int], None]
"""Called with what is being written, how much of it is done, and of how much."""

WAREHOUSES = 2
SHOPS = 40
SHOP_STEP = 5
"""Each article lies in both warehouses and in a fifth of the shops."""

SHOP_SHARE = 0.3
"""The part of an article's stock that lies in shops."""

RESERVE = 1.1
"""Stock per unit that the file sells: enough for all, though not in every place."""

PER_REQUEST = 500

OPENED_AT = "2000-01-01T00:00:00Z"
"""When the stock came: before any order, and the same each time it is sent."""


def prepare(
    api: Api,
    steps: Sequence[Step],
    destinations: Destinations,
    *,
    channel: str,
    currency: str,
    told: Told,
) -> None:
    """Write everything; again changes nothing. Raises ReplayError when something is refused."""
    lines = [line for step in steps for order in step.orders for line in order.lines]
    places = destinations.largest(WAREHOUSES + SHOPS)
    sites = [_site(channel, number, place) for number, place in enumerate(places)]
    codes = [site["code"] for site in sites]
    _bulk(
        api,
        "organisations",
        [{"code": channel, "name": f"Replay {channel}", "kind": "group", "country": "FR"}],
        told,
    )
    _bulk(api, "locations", sites, told)
    group = {"code": channel, "name": f"Sites of {channel}", "locations": codes}
    _bulk(api, "location-groups", [group], told)
    _bulk(api, "channels", [_channel(channel, currency)], told)
    _bulk(api, "carrier-services", [_service(channel)], told)
    _bulk(api, "skus", list(_skus(lines)), told)
    _bulk(api, "stock/adjustments", list(_stock(lines, codes)), told, source=channel)


def _bulk(api: Api, what: str, items: list[dict[str, Any]], told: Told, **more: str) -> None:
    path = what if what.startswith("stock/") else f"{what}/bulk"
    for start in range(0, len(items), PER_REQUEST):
        told(what, start, len(items))
        body = {**more, "items": items[start : start + PER_REQUEST]}
        answer = api.send("POST", f"/{path}", body)
        for result in answer["results"]:
            if result["status"] == "rejected":
                problem = result["problem"]
                raise ReplayError(
                    f"{what}: {items[start + result['index']]} was refused: {problem}"
                )
    told(what, len(items), len(items))


def _site(channel: str, number: int, place: Destination) -> dict[str, Any]:
    warehouse = number < WAREHOUSES
    return {
        "code": f"{channel}-{number:02d}",
        "name": f"{'Warehouse' if warehouse else 'Shop'} {place.city}",
        "kind": "warehouse" if warehouse else "store",
        "organisation": channel,
        "country": "FR",
        "postal_code": place.postal_code,
        "city": place.city,
        "latitude": place.latitude,
        "longitude": place.longitude,
        "capabilities": ["ship"] if warehouse else ["ship", "pickup"],
        "daily_capacity": 100_000,
        "handling_minutes": 60 if warehouse else 120,
        "cost_per_order": "0.90" if warehouse else "1.60",
        "cost_per_line": "0.20" if warehouse else "0.45",
    }


def _channel(channel: str, currency: str) -> dict[str, Any]:
    return {
        "code": channel,
        "name": f"Replay {channel}",
        "kind": "web",
        "currency": currency,
        "countries": ["FR"],
        "pool": channel,
    }


def _service(channel: str) -> dict[str, Any]:
    return {
        "code": f"{channel}-home",
        "name": "Home delivery",
        "carrier": {"code": channel, "name": "Replay carrier"},
        "kind": "home",
        "collection_weekdays": [0, 1, 2, 3, 4, 5],
        "last_collection": "17:00",
        "delivery_weekdays": [0, 1, 2, 3, 4, 5],
        "transit": [
            {"up_to_km": 200, "earliest_days": 1, "latest_days": 2},
            {"up_to_km": None, "earliest_days": 2, "latest_days": 3},
        ],
        "tariff": [
            {"max_weight_grams": weight, "bands": [{"up_to_km": None, "price": price}]}
            for weight, price in (
                (500, "4.90"),
                (2_000, "6.90"),
                (10_000, "12.90"),
                (30_000, "22.00"),
            )
        ],
        "countries": ["FR"],
    }


def _skus(lines: Iterable[OrderLine]) -> Iterable[dict[str, Any]]:
    names: dict[str, str] = {}
    for line in lines:
        names[line.sku] = names.get(line.sku) or line.description
    for sku, name in sorted(names.items()):
        yield {"code": sku, "name": name or sku, "weight_grams": 40 + _drawn(sku, "weight") % 760}


def _stock(lines: Iterable[OrderLine], codes: Sequence[str]) -> Iterable[dict[str, Any]]:
    """Return the stock as receipts, named after what the file sells: once a file, however often."""
    sold: Counter[str] = Counter()
    for line in lines:
        sold[line.sku] += line.quantity
    name = blake2b(repr(sorted(sold.items())).encode(), digest_size=8).hexdigest()
    for sku, units in sorted(sold.items()):
        for site, quantity in _spread(sku, round(units * RESERVE) + 1, codes):
            yield {
                "sku": sku,
                "location": site,
                "kind": "receipt",
                "on_hand_delta": quantity,
                "occurred_at": OPENED_AT,
                "source_ref": f"{name}:{sku}:{site}",
            }


def _spread(sku: str, units: int, codes: Sequence[str]) -> Iterable[tuple[str, int]]:
    """Share *units* out: most to the warehouses, the rest to a fifth of the shops, none lost."""
    warehouses, shops = codes[:WAREHOUSES], codes[WAREHOUSES:]
    first = _drawn(sku, "shop")
    turns = (shops[(first + SHOP_STEP * turn) % len(shops)] for turn in range(len(shops)))
    chosen = list(dict.fromkeys(turns))[: max(1, len(shops) // SHOP_STEP)]
    in_shops = round(units * SHOP_SHARE) if chosen else 0
    for sites, total in ((warehouses, units - in_shops), (chosen, in_shops)):
        ends = [total * turn // len(sites) for turn in range(len(sites) + 1)] if sites else []
        for site, (start, end) in zip(sites, pairwise(ends), strict=True):
            if end > start:
                yield site, end - start


def _drawn(sku: str, what: str) -> int:
    return int.from_bytes(blake2b(f"{what}:{sku}".encode(), digest_size=4).digest(), "big")
