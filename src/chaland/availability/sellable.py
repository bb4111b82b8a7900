"""The stock of some SKUs as each channel may sell it, kept true while units are taken from it."""

from collections.abc import Mapping

from chaland.availability.rules.keeping import Units
from chaland.availability.types import SaleMethod
from chaland.availability.withholding import Fences, Withholding
from chaland.inventory.types import StockMatrix

_View = tuple[str, SaleMethod | None]


class SellableStock:
    """What is available (``stock``) and what each channel may sell of it (``of``).

    Where nothing is withheld, all share the same numbers. ``take`` changes them for everybody.
    """

    def __init__(self, stock: StockMatrix, withholding: Withholding, fences: Fences) -> None:
        self.stock = stock
        self.withholding = withholding
        self._fences = {code: units.copy() for code, units in fences.items()}
        self._sorts = withholding.sorts_of(stock.sku_ids)
        self._views: dict[_View, Units] = {}

    @property
    def row_of(self) -> Mapping[int, int]:
        """The row of each SKU."""
        return self.stock.row_of

    @property
    def available(self) -> Units:
        """What is available, whoever may sell it, rows by L."""
        return self.stock.available

    def of(self, channel: str, method: SaleMethod | None = None) -> Units:
        """Return the units that *channel* may sell by *method* (by any, for None), rows by L.

        Rows are those of ``stock``. Raises KeyError for a channel that does not exist.
        """
        key = channel, method
        view = self._views.get(key)
        if view is None:
            available = self.stock.available
            kept = self.withholding.withheld_beside(
                channel, self.stock.sku_ids, available, self._fences, method
            )
            view = self._views[key] = available if kept is None else available - kept
        return view

    def take(self, channel: str, sku_id: int, location: int, quantity: int) -> None:
        """Take units at a location (dense index) for a channel: nobody may sell them any more."""
        row = self.stock.row_of[sku_id]
        self.stock.available[row, location] -= quantity
        own = self._fences.get(channel)
        if own is not None:
            own[row, location] -= min(quantity, own.item(row, location))
        self._count_again(row, location)

    def lend(
        self, channel: str, method: SaleMethod, sku_id: int, location: int, quantity: int
    ) -> None:
        """Let a channel see units that are kept for it, whatever its rules keep back.

        Until they are given back nobody else's view may be looked at for the first time.
        """
        row = self.stock.row_of[sku_id]
        view = self.of(channel, method)
        self.stock.available[row, location] += quantity
        if view is not self.stock.available:
            view[row, location] += quantity
        if channel in self._fences:
            self._fences[channel][row, location] += quantity

    def give_back(self, channel: str, sku_id: int, location: int, quantity: int) -> None:
        """End a loan: *quantity* of the units lent were not taken."""
        row = self.stock.row_of[sku_id]
        self.stock.available[row, location] -= quantity
        own = self._fences.get(channel)
        if own is not None:
            own[row, location] -= min(quantity, own.item(row, location))
        self._count_again(row, location)

    def _count_again(self, row: int, location: int) -> None:
        """Work out anew what each channel may sell of one position."""
        left = self.stock.available.item(row, location)
        for (reader, method), view in self._views.items():
            if view is self.stock.available:
                continue
            foreign = min(left, self._foreign(reader, row, location))
            kept = self.withholding.kept_at(
                reader, method, self._sorts.item(row), location, left - foreign
            )
            view[row, location] = left - foreign - kept

    def keep(
        self, channel: str, method: SaleMethod, sku_id: int, location: int, quantity: int
    ) -> int:
        """Return how many units must be left when *quantity* are reserved.

        *quantity* may be sold exactly when at least as many are left after it, besides what
        ring-fences of other channels hold: those inventory counts itself, under lock.
        """
        sort = self._sorts.item(self.stock.row_of[sku_id])
        return self.withholding.kept_after(channel, method, sort, location, quantity)

    def _foreign(self, channel: str, row: int, location: int) -> int:
        return sum(
            units.item(row, location) for owner, units in self._fences.items() if owner != channel
        )
