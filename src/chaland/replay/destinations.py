"""Where an invoice is delivered: a commune drawn by population, the same each time."""

from bisect import bisect_right
from collections import Counter
from dataclasses import dataclass
from hashlib import blake2b
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING

from chaland.replay.types import ReplayError

if TYPE_CHECKING:
    import polars as pl

POSTAL_CODE_LENGTH = 5
OVERSEAS = ("97", "98")
COMMUNE_COLUMNS = ("nom", "type", "dep", "pop", "cps")


@dataclass(frozen=True, slots=True)
class Destination:
    """A commune and one of its postal codes; the coordinates are None when no table gave them."""

    city: str
    postal_code: str
    latitude: float | None
    longitude: float | None


class Destinations:
    """A lottery among places, each with as many tickets as it has inhabitants."""

    def __init__(self, places: list[tuple[Destination, int]]) -> None:
        """Take (place, inhabitants) pairs. Raises ReplayError when nobody lives anywhere."""
        self._places = [place for place, _ in places]
        self._ends = list(accumulate(inhabitants for _, inhabitants in places))
        if not self._ends or self._ends[-1] <= 0:
            message = "the table of communes holds no inhabited place with a postal code"
            raise ReplayError(message)

    def of(self, invoice: str) -> Destination:
        """Return the destination of the invoice numbered *invoice*."""
        digest = blake2b(invoice.encode(), digest_size=8).digest()
        ticket = int.from_bytes(digest, "big") % self._ends[-1]
        return self._places[bisect_right(self._ends, ticket)]

    def largest(self, count: int) -> list[Destination]:
        """Return the *count* most populous places, one a city, largest first."""
        inhabitants: Counter[str] = Counter()
        first: dict[str, Destination] = {}
        for place, start, end in zip(self._places, [0, *self._ends], self._ends, strict=False):
            inhabitants[place.city] += end - start
            first.setdefault(place.city, place)
        return [first[city] for city, _ in inhabitants.most_common(count)]


def read_destinations(communes: Path, postal_codes: Path | None) -> Destinations:
    """Read communes (CSV) and, if given, the coordinates of postal codes (parquet).

    A commune's inhabitants are spread evenly over its postal codes. Overseas departments are left
    out. Raises ReplayError when a file cannot be read or lacks a column.
    """
    import polars as pl

    try:
        table = pl.read_csv(communes, infer_schema=False)
    except (pl.exceptions.PolarsError, OSError) as error:
        message = f"{communes} cannot be read: {error}"
        raise ReplayError(message) from error
    if missing := [name for name in COMMUNE_COLUMNS if name not in table.columns]:
        message = f"{communes} lacks the columns {', '.join(missing)}"
        raise ReplayError(message)
    places = (
        table.filter(
            (pl.col("type") == "commune-actuelle")
            & ~pl.col("dep").str.starts_with(OVERSEAS[0])
            & ~pl.col("dep").str.starts_with(OVERSEAS[1])
            & pl.col("cps").is_not_null()
        )
        .with_columns(
            pl.col("cps").str.split("|"),
            pl.col("pop").cast(pl.Float64, strict=False).fill_null(0),
        )
        .with_columns(share=(pl.col("pop") / pl.col("cps").list.len()).round().cast(pl.Int64))
        .explode("cps")
        .filter(pl.col("share") > 0)
        .select(city="nom", postal_code="cps", share="share")
    )
    if postal_codes is not None:
        places = places.join(
            _coordinates(postal_codes), on="postal_code", how="inner", maintain_order="left"
        )
    else:
        places = places.with_columns(
            latitude=pl.lit(None, pl.Float64), longitude=pl.lit(None, pl.Float64)
        )
    rows = places.select("city", "postal_code", "latitude", "longitude", "share").iter_rows()
    return Destinations([(Destination(*place), share) for *place, share in rows])


def _coordinates(path: Path) -> "pl.DataFrame":
    import polars as pl

    try:
        table = pl.read_parquet(path)
        return (
            table.filter(
                (pl.col("country_code") == "FR")
                & (pl.col("zipcode").str.len_chars() == POSTAL_CODE_LENGTH)
            )
            .group_by("zipcode")
            .agg(pl.mean("latitude").round(5), pl.mean("longitude").round(5))
            .rename({"zipcode": "postal_code"})
        )
    except (pl.exceptions.PolarsError, OSError) as error:
        message = f"{path} cannot be read: {error}"
        raise ReplayError(message) from error
