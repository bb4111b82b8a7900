"""Where a simulation stands: everything that is needed to go on, and nothing else."""

import heapq
import io
from dataclasses import dataclass, field
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from chaland.lab.simulation.scenario import Scenario

Integers = NDArray[np.int64]

ORDER_FACTS = (
    "freight",
    "handling",
    "packaging",
    "parcels",
    "refusals",
    "units_sent",
    "units_unfilled",
    "arrived_at",
    "co2",
)
"""What is kept of each order: costs in 1/10 000 of the currency unit, CO₂ in grams."""


class Task(NamedTuple):
    """What one site has to prepare for one order. Moments are seconds of the epoch.

    ``latest`` is when it is promised, ``arrives_at`` when it really arrives. ``service`` is an
    index of the promise engine's services, -1 for what is collected; ``units`` are pairs of the
    demand's line and a quantity; ``attempt`` counts how often the order was refused before;
    ``day`` (a date's ordinal) is when it takes up capacity.
    """

    number: int
    order: int
    location: int
    service: int
    attempt: int
    decided_at: int
    release_at: int
    pick_at: int
    depart_at: int
    arrives_at: int
    latest: int
    day: int
    units: tuple[tuple[int, int], ...]


@dataclass(slots=True, eq=False)
class State:
    """Stock, work that waits, capacity used up, and what became of each order so far."""

    now: int
    recorded: NDArray[np.int32]
    actual: NDArray[np.int32]
    orders: dict[str, Integers]
    site_parcels: Integers
    site_refusals: Integers
    stock_outs: Integers
    next_arrival: int = 0
    next_change: int = 0
    next_number: int = 0
    tasks: dict[int, Task] = field(default_factory=dict)
    due: list[tuple[int, int]] = field(default_factory=list)
    slots: dict[tuple[int, int], int] = field(default_factory=dict)
    refused: dict[int, set[int]] = field(default_factory=dict)
    missed: dict[tuple[int, int], int] = field(default_factory=dict)
    memory: dict[str, NDArray[np.generic]] = field(default_factory=dict)

    @classmethod
    def at_start(cls, scenario: Scenario) -> Self:
        """Return the state before anything has happened."""
        count, sites = len(scenario.arrivals), len(scenario.network)
        return cls(
            now=scenario.starts,
            recorded=scenario.recorded.astype(np.int32),
            actual=scenario.actual.astype(np.int32),
            orders={name: np.zeros(count, np.int64) for name in ORDER_FACTS},
            site_parcels=np.zeros(sites, np.int64),
            site_refusals=np.zeros(sites, np.int64),
            stock_outs=np.zeros(sites, np.int64),
        )

    def add(self, task: Task) -> None:
        """Let a site have work."""
        self.tasks[task.number] = task
        heapq.heappush(self.due, (task.pick_at, task.number))
        self.slots[task.location, task.day] = self.slots.get((task.location, task.day), 0) + 1
        self.next_number = max(self.next_number, task.number + 1)

    def take_back(self, number: int) -> Task:
        """Take work away again that was not begun; its day has room for other work."""
        task = self.tasks.pop(number)
        self.slots[task.location, task.day] -= 1
        return task

    def dump(self) -> bytes:
        """Write it down. Read again, it goes on exactly as if it had not been."""
        tasks = list(self.tasks.values())
        arrays: dict[str, NDArray[np.generic]] = {
            "counters": np.array(
                [self.now, self.next_arrival, self.next_change, self.next_number], np.int64
            ),
            "recorded": self.recorded,
            "actual": self.actual,
            "site_parcels": self.site_parcels,
            "site_refusals": self.site_refusals,
            "stock_outs": self.stock_outs,
            "tasks": np.array([task[:-1] for task in tasks], np.int64).reshape(-1, _TASK_NUMBERS),
            "units": _rows((task.number, *pair) for task in tasks for pair in task.units),
            "slots": _rows((*key, count) for key, count in self.slots.items()),
            "refused": _rows(
                (order, site, 0) for order, all_ in self.refused.items() for site in sorted(all_)
            ),
            "missed": _rows((*key, count) for key, count in self.missed.items()),
            **{f"order_{name}": values for name, values in self.orders.items()},
            **{f"memory_{name}": values for name, values in self.memory.items()},
        }
        buffer = io.BytesIO()
        np.savez_compressed(buffer, allow_pickle=False, **arrays)
        return buffer.getvalue()

    @classmethod
    def load(cls, written: bytes) -> Self:
        """Read what ``dump`` wrote."""
        with np.load(io.BytesIO(written), allow_pickle=False) as found:
            arrays = {name: found[name] for name in found.files}
        counters = arrays["counters"].tolist()
        state = cls(
            now=counters[0],
            recorded=arrays["recorded"],
            actual=arrays["actual"],
            orders={name: arrays[f"order_{name}"] for name in ORDER_FACTS},
            site_parcels=arrays["site_parcels"],
            site_refusals=arrays["site_refusals"],
            stock_outs=arrays["stock_outs"],
            next_arrival=counters[1],
            next_change=counters[2],
        )
        units: dict[int, list[tuple[int, int]]] = {}
        for number, line, quantity in arrays["units"].tolist():
            units.setdefault(number, []).append((line, quantity))
        for row in arrays["tasks"].tolist():
            state.add(Task._make((*row, tuple(units[row[0]]))))
        state.next_number = counters[3]
        state.slots = {(site, day): count for site, day, count in arrays["slots"].tolist()}
        for order, site, _ in arrays["refused"].tolist():
            state.refused.setdefault(order, set()).add(site)
        state.missed = {(row, site): count for row, site, count in arrays["missed"].tolist()}
        prefix = "memory_"
        state.memory = {
            name.removeprefix(prefix): value
            for name, value in arrays.items()
            if name.startswith(prefix)
        }
        return state


_TASK_NUMBERS = len(Task._fields) - 1


def _rows(rows: object) -> Integers:
    return np.array(list(rows), np.int64).reshape(-1, 3)  # type: ignore[call-overload]
