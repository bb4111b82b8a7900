"""The rules that retailers begin with: the nearest shop, or the warehouse first."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from chaland.lab.simulation import Choice, Moment
from chaland.network.types import unit_vectors
from chaland.sourcing.types import Demand, Waiting

Mask = npt.NDArray[np.bool_]
Units = npt.NDArray[np.int32]


@dataclass(frozen=True, slots=True, eq=False)
class InTurn:
    """Sites by distance, one group of them after the other; they believe the records.

    The nearest site of the first group that holds everything, else of the next. Where none holds
    everything, each line goes to the nearest site that has it, of the first group that has any;
    sites that were used already come first. Without ``whole_first`` each line goes so at once.
    """

    groups: tuple[Mask, ...]
    whole_first: bool = True

    @property
    def every(self) -> int:
        """Never look twice."""
        return 0

    def reconsider(self, waiting: Sequence[Waiting], moment: Moment) -> list[list[Choice] | None]:
        """Leave everything as it is."""
        del moment
        return [None] * len(waiting)

    def choose(self, demands: Sequence[Demand], moment: Moment) -> list[list[Choice]]:
        """Decide each demand in turn."""
        rows = moment.rows_of(demands)
        stock = moment.state.recorded[rows].copy()
        row_of = {moment.scenario.sku_ids[row]: at for at, row in enumerate(rows.tolist())}
        return [self._choose(demand, stock, row_of, moment) for demand in demands]

    def _choose(
        self, demand: Demand, stock: Units, row_of: dict[int, int], moment: Moment
    ) -> list[Choice]:
        network = moment.scenario.network
        point = unit_vectors(np.array([demand.latitude]), np.array([demand.longitude]))[0]
        near = network.unit @ point
        for site in demand.exclusions:
            near[network.index_of[site]] = -2.0
        rows = [row_of[line.sku_id] for line in demand.lines]
        held = np.stack(
            [stock[row] >= line.quantity for row, line in zip(rows, demand.lines, strict=True)]
        )
        held &= near > -1.5
        whole = self._whole(held, near) if self.whole_first else {}
        given = whole or self._in_parts(held, near)
        found: list[Choice] = []
        for site, lines in given.items():
            for line in lines:
                stock[rows[line], site] -= demand.lines[line].quantity
            found.append(
                Choice(site, 0, tuple((line, demand.lines[line].quantity) for line in lines))
            )
        return found

    def _whole(self, held: Mask, near: npt.NDArray[np.float64]) -> dict[int, list[int]]:
        for group in self.groups:
            places = np.flatnonzero(held.all(axis=0) & group)
            if len(places):
                return {int(places[near[places].argmax()]): list(range(len(held)))}
        return {}

    def _in_parts(self, held: Mask, near: npt.NDArray[np.float64]) -> dict[int, list[int]]:
        given: dict[int, list[int]] = {}
        for line in range(len(held)):
            used = [site for site in given if held[line, site]]
            for places in (
                np.array(used, np.int64),
                *(np.flatnonzero(held[line] & group) for group in self.groups),
            ):
                if len(places):
                    given.setdefault(int(places[near[places].argmax()]), []).append(line)
                    break
        return given
