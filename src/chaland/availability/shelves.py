"""What is said of SKUs in one channel, kept as the bytes that answers are joined from."""

from collections.abc import Iterable
from hashlib import blake2b

from chaland.availability.rules.showing import band_of, state_of
from chaland.availability.types.showing import Display, StockLine

Fragment = tuple[bytes, int]
"""What is said of a SKU as JSON, and a mark that differs when something else is said."""


class Shelf:
    """The fragments of one channel, by SKU code; shown as *display* says.

    A fragment is replaced as a whole, so a reader sees either the old or the new one. ``keeping``
    is the ``Cache-Control`` of answers.
    """

    __slots__ = ("channel", "display", "fragments", "head", "keeping")

    def __init__(self, channel: str, display: Display) -> None:
        self.channel = channel
        self.display = display
        self.fragments: dict[str, Fragment] = {}
        self.keeping = f"private, max-age={display.max_age_seconds}"
        self.head = f'{{"channel":"{channel}","as_of":"'.encode()

    def put(self, lines: Iterable[StockLine]) -> None:
        """Keep what is said of each line."""
        display = self.display
        for line in lines:
            text = fragment_of(line, display)
            self.fragments[line.sku] = (text, _mark_of(text))


def _mark_of(text: bytes) -> int:
    return int.from_bytes(blake2b(text, digest_size=7).digest())


def fragment_of(line: StockLine, display: Display) -> bytes:
    """Return one item of an answer as JSON; codes hold nothing that JSON would escape."""
    bands = display.bands
    available, ship, pickup = line.available, line.ship, line.pickup
    if display.exact:
        numbers = f'"available":{available},"ship":{ship},"pickup":{pickup}'
    else:
        numbers = '"available":null,"ship":null,"pickup":null'
    supply = line.next_supply
    later = "null"
    if supply is not None:
        units = str(supply.units) if display.exact else "null"
        later = f'{{"on":"{supply.on.isoformat()}","units":{units}}}'
    return (
        f'{{"sku":"{line.sku}","state":"{state_of(line, display)}",{numbers},'
        f'"band":"{band_of(available, bands)}","ship_band":"{band_of(ship, bands)}",'
        f'"pickup_band":"{band_of(pickup, bands)}","next_supply":{later}}}'
    ).encode()


def shown(display: Display, units: int) -> tuple[int | None, str]:
    """Return what is told of *units*: the number or None, and the band."""
    return (units if display.exact else None), band_of(units, display.bands)
