"""Live traffic through the public API: shoppers order, shops and carriers work, some think again.

Everything that people do takes its time, divided by the speed. The day goes by at that speed too,
so that evenings are busy; only the opening hours are left out, or else half of all demos would show
closed shops.
"""

import heapq
import threading
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Literal
from zoneinfo import ZoneInfo

import httpx

from chaland.demo.peers import CARRIERS, ERP, FRONT, Peers, Refused
from chaland.demo.restocking import restocking
from chaland.demo.shoppers import ORDERS_PER_HOUR, Shoppers, orders_per_hour
from chaland.demo.simulated_systems import ERP_FEED, TILLS_FEED, erp_counts, till_sales
from chaland.demo.staff import NextStep, SiteType, Work, next_step
from chaland.demo.types import Site, StockRow
from chaland.kernel import clock

TICK_SECONDS = 0.25
LOOK_SECONDS = 2.0
RESTOCK_MINUTES = 20.0
FEED_LINES = 60
QUIETEST = 0.3 * ORDERS_PER_HOUR
CHANGED_THEIR_MIND = 0.03
MINUTES_TO_CHANGE_IT = 12.0
AWAY_SECONDS = 2.0
PATIENCE = 12.0
DONE = {
    "accept": "accepted",
    "refuse": "refused",
    "pick": "picked",
    "pack": "packed",
    "ready": "made ready",
    "ship": "shipped",
    "deliver": "delivered",
    "collect": "collected",
    "cancel": "cancelled",
}
UNDER_WAY = ("released", "accepted", "picked", "packed", "shipped", "ready")

_LOCAL = ZoneInfo("Europe/Paris")


@dataclass(frozen=True, slots=True)
class Task:
    """A step of a fulfilment order that somebody will take; without one, the whole order's."""

    who: str
    step: NextStep
    order: str
    fulfilment_order: str = ""


@dataclass(slots=True)
class Tally:
    """What has happened since the traffic began, by name."""

    counts: Counter[str] = field(default_factory=Counter)
    trouble: str = ""


class Traffic:
    """The life of the demo, in one thread. ``run`` returns when *stop* is set."""

    def __init__(
        self,
        *,
        peers: Peers,
        shoppers: Shoppers,
        sites: Mapping[str, Site],
        stock: list[StockRow],
        random: Random,
        speed: float,
        unhurried: frozenset[str] = frozenset(),
    ) -> None:
        """Sites in *unhurried* leave their work for a person who may want to do it."""
        self.tally = Tally()
        self._peers = peers
        self._shoppers = shoppers
        self._sites = sites
        self._stock = stock
        self._random = random
        self._speed = speed
        self._unhurried = unhurried
        self._tasks: list[tuple[float, int, Task]] = []
        self._known: dict[str, str] = {}
        self._began = (clock.now(), time.monotonic())
        self._prefix = f"W{int(self._began[0].timestamp()):X}"
        self._next_order = 0.0
        self._next_look: dict[str, float] = {}
        self._next_restock = time.monotonic()

    def run(self, stop: threading.Event) -> None:
        """Live until *stop* is set; a server that is away for a while is waited for."""
        resumed = False
        while not stop.wait(TICK_SECONDS):
            try:
                if not resumed:
                    self._take_up_what_is_under_way()
                    resumed = True
                self._tick(time.monotonic())
            except httpx.TransportError as error:
                self.tally.trouble = f"the server does not answer: {error}"
                stop.wait(AWAY_SECONDS)
            except Refused as refusal:
                self.tally.trouble = f"the server refuses: {refusal}"
                stop.wait(AWAY_SECONDS)
            else:
                self.tally.trouble = ""

    def _tick(self, now: float) -> None:
        while self._next_order <= now:
            self._place_order()
            self._next_order = max(self._next_order, now - 1) + self._until_next_order()
        for who in self._peers.sites():
            if self._next_look.get(who, 0.0) <= now:
                self._look(who, ("released",))
                self._next_look[who] = now + LOOK_SECONDS * self._random.uniform(0.7, 1.3)
        while self._tasks and self._tasks[0][0] <= now:
            self._do(heapq.heappop(self._tasks)[2])
        if self._next_restock <= now:
            self._next_restock = now + RESTOCK_MINUTES * 60 / self._speed
            self._restock()

    def _local_time(self) -> datetime:
        """Return the hour of the demo's own day, which goes by at its speed."""
        wall, began = self._began
        passed = timedelta(seconds=(time.monotonic() - began) * self._speed)
        return wall.astimezone(_LOCAL) + passed

    def _until_next_order(self) -> float:
        per_hour = max(QUIETEST, orders_per_hour(self._local_time()))
        return self._random.expovariate(per_hour * self._speed / 3600)

    def _place_order(self) -> None:
        body = self._shoppers.next_order(placed_at=clock.now(), prefix=self._prefix)
        try:
            order = self._peers.post(FRONT, "/orders", body)
        except Refused as refusal:
            self.tally.counts["orders refused"] += 1
            self.tally.counts[f"because {refusal.code}"] += 1
            return
        self.tally.counts["orders placed"] += 1
        if self._random.random() < CHANGED_THEIR_MIND:
            step = NextStep("cancel", MINUTES_TO_CHANGE_IT, at_work=False, reason="changed_mind")
            self._later(Task(FRONT, step, order["id"]), step.minutes)

    def _take_up_what_is_under_way(self) -> None:
        for who in self._peers.sites():
            self._look(who, UNDER_WAY)

    def _look(self, who: str, states: tuple[str, ...]) -> None:
        for item in self._peers.all_pages(who, "/fulfilment-orders", state=list(states)):
            self._plan(who, item)

    def _plan(self, who: str, item: Mapping[str, str]) -> None:
        """Decide what happens next to a fulfilment order, unless that is decided already."""
        site = self._sites.get(item["location"])
        if site is None or self._known.get(item["id"]) == item["state"]:
            return
        method: Literal["ship", "pickup"] = "ship" if item["method"] == "ship" else "pickup"
        work = Work(item["id"], item["state"], method, item["service"], _site_type(site))
        step = next_step(work, self._random)
        if step is None:
            self._known.pop(item["id"], None)
            return
        self._known[item["id"]] = item["state"]
        patience = PATIENCE if step.at_work and site.code in self._unhurried else 1.0
        self._later(Task(who, step, item["order"], item["id"]), step.minutes * patience)

    def _later(self, task: Task, minutes: float) -> None:
        due = time.monotonic() + minutes * 60 / self._speed
        heapq.heappush(self._tasks, (due, self._random.getrandbits(60), task))

    def _do(self, task: Task) -> None:
        try:
            answer = self._act(task)
        except Refused as refusal:
            self.tally.counts[f"{task.step.action}: {refusal.code}"] += 1
            if not task.fulfilment_order:
                return
            # Somebody was faster, in the screens perhaps: what is true now is read again.
            answer = self._peers.get(task.who, f"/fulfilment-orders/{task.fulfilment_order}")
            if self._known.get(task.fulfilment_order) == answer["state"]:
                del self._known[task.fulfilment_order]
                return
        else:
            self.tally.counts[DONE[task.step.action]] += 1
        if task.fulfilment_order:
            self._plan(task.who, answer)

    def _act(self, task: Task) -> dict[str, str]:
        who, path = task.who, f"/fulfilment-orders/{task.fulfilment_order}/{task.step.action}"
        body: dict[str, object] = {}
        match task.step.action:
            case "cancel" if not task.fulfilment_order:
                path = f"/orders/{task.order}/cancel"
                body = {"reason": task.step.reason}
            case "refuse" | "cancel":
                body = {"reason": task.step.reason}
            case "ship":
                number = f"TV{self._random.getrandbits(40):010X}FR"
                body = {"parcels": [{"tracking_number": number}]}
            case "deliver":
                who = CARRIERS
            case "collect":
                codes = self._peers.get(FRONT, f"/orders/{task.order}")["pickup_codes"]
                body = {"pickup_code": codes[task.fulfilment_order]}
        answer: dict[str, str] = self._peers.post(who, path, body)
        return answer

    def _restock(self) -> None:
        now = clock.now()
        items = restocking(self._stock, self._sites, self._random, now=now, prefix=self._prefix)
        self._peers.post(ERP, "/stock/adjustments", {"source": ERP, "items": items})
        self.tally.counts["stock movements"] += len(items)
        self._tell_feeds()

    def _tell_feeds(self) -> None:
        """Let the simulated ERP count a part of a site, and a shop's tills tell their sales."""
        shops = [code for code, site in self._sites.items() if site.kind == "store"]
        told = {
            ERP_FEED: (self._random.choice(list(self._sites)), erp_counts),
            TILLS_FEED: (self._random.choice(shops), self._sold),
        }
        for feed, (place, what) in told.items():
            page = self._peers.get(ERP, "/stock/positions", location=place, limit=FEED_LINES)
            if page["items"]:
                body = what(page["items"], self._random, clock.now())
                self._peers.post(ERP, f"/stock/feeds/{feed}/lines", body)

    def _sold(
        self, positions: Sequence[Mapping[str, object]], random: Random, now: datetime
    ) -> dict[str, object]:
        return till_sales(positions, random, now, f"{self._prefix}-{now.timestamp():.3f}")


def _site_type(site: Site) -> SiteType:
    if site.kind != "store":
        return site.kind
    return "store" if site.seller == "house" else "merchant"
