"""Invented customers: who orders what, when, from where, and how they want to have it."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate
from random import Random
from typing import TypeVar

from chaland.demo.network_plan import TOWN_OF_MERCHANTS, slug
from chaland.demo.stock_plan import popularity
from chaland.demo.tables import read_table
from chaland.demo.types import HOUSE_SELLER, Article, Site, StockRow, Town

_Choice = TypeVar("_Choice")

ORDERS_PER_HOUR = 12.0
"""How many orders an average hour of an average week brings, at speed 1."""

_BY_HOUR = (3, 2, 1, 1, 1, 2, 6, 12, 20, 27, 31, 31, 36, 33, 28, 27, 28, 32, 37, 42, 52, 55, 36, 13)
_BY_WEEKDAY = (1.1, 0.95, 1.0, 0.95, 0.9, 0.95, 1.15)
_CHANNELS = (
    ("web-fr", 46),
    ("app-fr", 20),
    ("marketplace-fr", 14),
    ("annecy-en-ville", 10),
    ("boutique-fr", 10),
)
_HABITS = {
    "web-fr": 0.30,
    "app-fr": 0.42,
    "marketplace-fr": 0.0,
    "annecy-en-ville": 0.55,
    "boutique-fr": 0.25,
}
_DISTINCT_ARTICLES = ((1, 48), (2, 27), (3, 14), (4, 7), (6, 4))
_UNITS = ((1, 80), (2, 14), (3, 4), (6, 2))
_SERVICES = (("home-standard", 66), ("relay-point", 24), ("home-express", 10))
_STREETS = (
    "rue des Tilleuls",
    "rue du Moulin",
    "avenue de la Gare",
    "rue Victor Hugo",
    "chemin des Vignes",
    "place du Marché",
    "impasse des Lilas",
    "rue de la Fontaine",
)
_HEAVIEST_PARCEL_GRAMS = 20_000


def orders_per_hour(local: datetime) -> float:
    """Return how many orders to expect in an hour at that local time: evenings are busy."""
    mean = sum(_BY_HOUR) / len(_BY_HOUR)
    return ORDERS_PER_HOUR * _BY_HOUR[local.hour] / mean * _BY_WEEKDAY[local.weekday()]


@dataclass(frozen=True, slots=True)
class _Lottery:
    """Articles to draw from, each as likely as it is popular."""

    articles: Sequence[Article]
    ends: Sequence[float]

    @classmethod
    def of(cls, articles: Sequence[Article]) -> "_Lottery":
        return cls(articles, list(accumulate(popularity(articles).tolist())))

    def draw(self, random: Random) -> Article:
        ticket = random.random() * self.ends[-1]
        return self.articles[min(bisect_right(self.ends, ticket), len(self.ends) - 1)]


class Shoppers:
    """Draw orders one after the other; the same seed and moments give the same orders."""

    def __init__(
        self,
        *,
        articles: Sequence[Article],
        sites: Sequence[Site],
        stock: Sequence[StockRow],
        towns: Sequence[Town],
        random: Random,
    ) -> None:
        self._random = random
        self._towns = towns
        self._inhabitants = [town.inhabitants for town in towns]
        self._names = read_table("names")
        by_code = {article.code: article for article in articles}
        house = [item for item in articles if item.seller == HOUSE_SELLER]
        suppliers = {site.seller for site in sites if site.kind == "supplier"}
        merchants = [site for site in sites if site.seller not in suppliers | {HOUSE_SELLER}]
        on_shelf: defaultdict[str, list[Article]] = defaultdict(list)
        for row in stock:
            on_shelf[row.site].append(by_code[row.article])
        self._house = _Lottery.of(house)
        self._suppliers = _Lottery.of([item for item in articles if item.seller in suppliers])
        self._shelves = {code: _Lottery.of(held) for code, held in on_shelf.items() if held}
        self._shops = {
            site.city: site
            for site in sites
            if site.kind == "store" and site.seller == HOUSE_SELLER
        }
        self._merchants = merchants
        self._count = 0

    def next_order(self, *, placed_at: datetime, prefix: str) -> dict[str, object]:
        """Return the body of a new order, as a shop front would send it to the API.

        ``prefix`` begins its external id, so that no two runs of the demo share one.
        """
        self._count += 1
        channel = self._weighted(_CHANNELS)
        lines, delivery = self._wish(channel)
        return {
            "channel": channel,
            "external_id": f"{prefix}-{self._count:06d}",
            "placed_at": placed_at.isoformat(),
            "currency": "EUR",
            "customer": self._customer(),
            "delivery": delivery,
            "lines": [
                {
                    "line_id": str(number),
                    "sku": article.code,
                    "quantity": units,
                    "unit_price": _money(article.price_cents),
                }
                for number, (article, units) in enumerate(lines.items(), start=1)
            ],
            "shipping": _money(0 if delivery["method"] == "pickup" else 590),
        }

    def _wish(self, channel: str) -> tuple[dict[Article, int], dict[str, object]]:
        town = self._random.choices(self._towns, self._inhabitants)[0]
        wants_pickup = self._random.random() < _HABITS[channel]
        if channel == "annecy-en-ville":
            merchant = self._random.choice(self._merchants)
            lines = self._basket(self._shelves[merchant.code])
            if wants_pickup:
                return lines, {"method": "pickup", "location": merchant.code}
            town = next(item for item in self._towns if item.name == TOWN_OF_MERCHANTS)
            return lines, self._to_address(town, "bike-annecy" if _fits(lines) else None)
        shop = self._shops.get(town.name)
        if wants_pickup and shop is not None:
            return self._basket(self._shelves[shop.code]), {
                "method": "pickup",
                "location": shop.code,
            }
        lines = self._basket(self._house)
        if channel != "marketplace-fr" and self._random.random() < 0.09:  # noqa: PLR2004 - furniture is rare
            lines[self._suppliers.draw(self._random)] = 1
        service = self._weighted(_SERVICES) if _fits(lines) else None
        return lines, self._to_address(town, service)

    def _basket(self, lottery: _Lottery) -> dict[Article, int]:
        wanted = min(self._weighted(_DISTINCT_ARTICLES), len(lottery.articles))
        basket: dict[Article, int] = {}
        while len(basket) < wanted:
            basket[lottery.draw(self._random)] = self._weighted(_UNITS)
        return basket

    def _to_address(self, town: Town, service: str | None) -> dict[str, object]:
        near = self._random.gauss
        delivery: dict[str, object] = {
            "method": "ship",
            "address": {
                "street": f"{self._random.randint(1, 120)} {self._random.choice(_STREETS)}",
                "postal_code": town.postal_code,
                "city": town.name,
                "country": "FR",
                "latitude": round(town.latitude + near(0, 0.015), 5),
                "longitude": round(town.longitude + near(0, 0.02), 5),
            },
        }
        if service is not None:
            delivery["service"] = service
        return delivery

    def _customer(self) -> dict[str, object]:
        first = self._random.choice(self._names)["first"]
        last = self._random.choice(self._names)["last"]
        number = self._random.randrange(10_000)
        return {
            "reference": f"C-{slug(first)}-{slug(last)}-{number % 40:02d}",
            "name": f"{first} {last}",
            "email": f"{slug(first)}.{slug(last)}{number % 40}@courriel.example",
            # 06 39 98 xx xx is set aside in France for people who do not exist.
            "phone": f"+33639 98 {number // 100:02d} {number % 100:02d}".replace(" ", ""),
            "language": "fr",
        }

    def _weighted(self, choices: Sequence[tuple[_Choice, int]]) -> _Choice:
        return self._random.choices(
            [item for item, _ in choices], [chance for _, chance in choices]
        )[0]


def _fits(lines: dict[Article, int]) -> bool:
    """Tell whether the basket goes by parcel; what is heavier is left to the server to route."""
    return (
        sum(article.weight_grams * units for article, units in lines.items())
        <= _HEAVIEST_PARCEL_GRAMS
    )


def _money(cents: int) -> dict[str, str]:
    return {"amount": f"{cents // 100}.{cents % 100:02d}", "currency": "EUR"}
