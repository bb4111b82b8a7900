"""What is on its way when the demo begins: purchase orders, transfers from warehouse to shop."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

from chaland.catalog.queries import sku_facts
from chaland.demo.types import HOUSE_SELLER, Article, Site
from chaland.inventory import operations as inventory
from chaland.inventory.types import SupplyDraft, SupplyKind, TransferDispatch
from chaland.kernel.actor import Actor
from chaland.network.queries import snapshot

SOURCE = "achats"
ORDERED, ORDER_LINES = 260, 8
MOVED, MOVE_LINES = 180, 6
LATE, NOT_YET_GONE = 0.06, 0.25
_DAYS_TO_SUPPLY, _DAYS_TO_MOVE = (1, 25), (1, 4)
_BOXES = (24, 36, 48, 60, 96, 144)
_UNITS_TO_A_SHOP = (2, 8)
_LOCAL = ZoneInfo("Europe/Paris")


@dataclass(frozen=True, slots=True, kw_only=True)
class OnTheWay:
    """A line: so many units to a site, from a supplier or, with an *origin*, from another site."""

    reference: str
    line: str
    article: str
    destination: str
    origin: str
    units: int
    days: int
    gone: bool


def on_the_way(articles: Sequence[Article], sites: Sequence[Site], seed: int) -> list[OnTheWay]:
    """Return what has been ordered and sent; best sellers are ordered most often."""
    random = Random(seed + 7)  # noqa: S311 - an invented plan
    house = sorted(
        (item for item in articles if item.seller == HOUSE_SELLER and not item.components),
        key=lambda item: item.rank,
    )
    warehouses = [site.code for site in sites if site.kind == "warehouse"]
    shops = [site.code for site in sites if site.kind == "store" and site.seller == HOUSE_SELLER]
    return [*_purchases(house, warehouses, random), *_transfers(house, warehouses, shops, random)]


def _purchases(
    house: Sequence[Article], warehouses: Sequence[str], random: Random
) -> Iterator[OnTheWay]:
    for number, article in enumerate(_often_sold(house, ORDERED, random)):
        late = random.random() < LATE
        yield OnTheWay(
            reference=f"CF-{2600 + number // ORDER_LINES}",
            line=str(number % ORDER_LINES + 1),
            article=article.code,
            destination=random.choice(warehouses),
            origin="",
            units=random.choice(_BOXES),
            days=-random.randint(1, 3) if late else random.randint(*_DAYS_TO_SUPPLY),
            gone=True,
        )


def _transfers(
    house: Sequence[Article], warehouses: Sequence[str], shops: Sequence[str], random: Random
) -> Iterator[OnTheWay]:
    shop, origin = random.choice(shops), random.choice(warehouses)
    for number, article in enumerate(_often_sold(house, MOVED, random)):
        if number % MOVE_LINES == 0:
            shop, origin = random.choice(shops), random.choice(warehouses)
        yield OnTheWay(
            reference=f"TR-{8100 + number // MOVE_LINES}",
            line=str(number % MOVE_LINES + 1),
            article=article.code,
            destination=shop,
            origin=origin,
            units=random.randint(*_UNITS_TO_A_SHOP),
            days=random.randint(*_DAYS_TO_MOVE),
            gone=random.random() > NOT_YET_GONE,
        )


def _often_sold(house: Sequence[Article], count: int, random: Random) -> list[Article]:
    """Choose articles, one more often the better it sells."""
    weights = [1 / (5 + place) for place in range(len(house))]
    chosen: dict[str, Article] = {}
    while len(chosen) < count:
        article = random.choices(house, weights)[0]
        chosen.setdefault(article.code, article)
    return list(chosen.values())


def write_supply(plan: Sequence[OnTheWay], *, now: datetime, actor: Actor) -> None:
    """Announce the plan and let the transfers leave that have left; what is short stays put."""
    skus = sku_facts({item.article for item in plan})
    network = snapshot()
    location_id = {code: network.locations[index].id for code, index in network.by_code.items()}
    drafts = [
        SupplyDraft(
            source=SOURCE,
            reference=item.reference,
            line=item.line,
            kind=SupplyKind.TRANSFER if item.origin else SupplyKind.PURCHASE,
            sku_id=skus[item.article].id,
            destination_id=location_id[item.destination],
            origin_id=location_id[item.origin] if item.origin else None,
            quantity=item.units,
            expected_at=_morning(now, item.days),
        )
        for item in plan
    ]
    announced = inventory.announce_supply(drafts=drafts, now=now, actor=actor)
    inventory.dispatch_transfers(
        dispatches=[
            TransferDispatch(supply_id=outcome.supply_id, occurred_at=now)
            for item, outcome in zip(plan, announced, strict=True)
            if item.origin and item.gone and outcome.supply_id is not None
        ],
        now=now,
        actor=actor,
    )


def _morning(now: datetime, days: int) -> datetime:
    day = (now.astimezone(_LOCAL) + timedelta(days=days)).date()
    return datetime.combine(day, time(9), _LOCAL)
