"""How availability looks in the API."""

from datetime import date, datetime

from chaland.availability.rules.showing import band_of, state_of
from chaland.availability.types.showing import Display, StockLine, StockState
from chaland.web.schemas import View


class NextSupplyView(View):
    """The first day on which more can be promised; `units` is null where bands are shown."""

    on: date
    units: int | None


class LocationAvailability(View):
    """What one location can still promise; `available` is null where bands are shown."""

    location: str
    available: int | None
    band: str


class AvailabilityAnswer(View):
    """What can be promised of a SKU: in all, by parcel (`ship`), by pickup in a shop (`pickup`).

    A channel that shows bands answers null for units. `locations` are told when asked for.
    """

    sku: str
    state: StockState
    available: int | None
    ship: int | None
    pickup: int | None
    band: str
    ship_band: str
    pickup_band: str
    next_supply: NextSupplyView | None
    locations: list[LocationAvailability] | None = None

    @classmethod
    def of(
        cls, line: StockLine, display: Display, places: list[LocationAvailability] | None = None
    ) -> "AvailabilityAnswer":
        """Show a line as a channel shows its stock."""
        supply, exact = line.next_supply, display.exact
        return cls(
            sku=line.sku,
            state=state_of(line, display),
            available=line.available if exact else None,
            ship=line.ship if exact else None,
            pickup=line.pickup if exact else None,
            band=band_of(line.available, display.bands),
            ship_band=band_of(line.ship, display.bands),
            pickup_band=band_of(line.pickup, display.bands),
            next_supply=supply
            and NextSupplyView(on=supply.on, units=supply.units if exact else None),
            locations=places,
        )


class AvailabilityList(View):
    """Availability of each SKU asked for, in that order; true at `as_of` or later.

    Without a `channel` it is what the locations hold, whatever channels may sell of it.
    """

    channel: str | None
    as_of: datetime
    items: list[AvailabilityAnswer]
