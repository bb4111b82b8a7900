"""Read an order file laid out like UCI Online Retail (parquet or CSV), in time order."""

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from chaland.replay.types import Invoice, ReplayError, SourceLine

if TYPE_CHECKING:
    import polars as pl

COLUMNS = (
    "InvoiceNo",
    "StockCode",
    "Description",
    "Quantity",
    "InvoiceDate",
    "UnitPrice",
    "CustomerID",
)
DATE_FORMATS = ("%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%m/%d/%Y %H:%M", "%d/%m/%Y %H:%M")
LARGEST_PRICE = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Selection:
    """Which invoices to read: from ``start`` to ``end`` (days, inclusive), the first ``limit``."""

    start: date | None = None
    end: date | None = None
    limit: int | None = None


@dataclass(frozen=True, slots=True)
class OrderFile:
    """The chosen invoices in time order, and the rows they hold: the account's left side."""

    invoices: tuple[Invoice, ...]
    rows_read: int


def read_orders(path: Path, selection: Selection, time_zone: ZoneInfo) -> OrderFile:
    """Read the invoices that *selection* chooses; their times are local to *time_zone*.

    An invoice without a readable date comes first when no period is asked for, and is left out
    otherwise. Raises ReplayError when the file cannot be read or lacks a column.
    """
    rows = _tidy(_load(path))
    invoices = _invoices(rows, selection)
    chosen = rows.join(invoices, on="invoice", how="inner", maintain_order="left_right")
    grouped = _grouped(chosen, time_zone)
    return OrderFile(
        invoices=tuple(grouped[number] for number in invoices["invoice"]),
        rows_read=chosen.height,
    )


def _load(path: Path) -> "pl.DataFrame":
    try:
        import polars as pl
    except ImportError as error:
        message = "reading an order file needs polars: pip install polars"
        raise ReplayError(message) from error
    if not path.is_file():
        message = f"there is no file {path}"
        raise ReplayError(message)
    try:
        if path.suffix.lower() == ".parquet":
            rows = pl.read_parquet(path)
        else:
            rows = pl.read_csv(path, infer_schema=False, encoding="utf8-lossy")
    except (pl.exceptions.PolarsError, OSError) as error:
        message = f"{path} is neither parquet nor CSV that can be read: {error}"
        raise ReplayError(message) from error
    if missing := [name for name in COLUMNS if name not in rows.columns]:
        message = f"{path} lacks the columns {', '.join(missing)}; it has {', '.join(rows.columns)}"
        raise ReplayError(message)
    return rows.select(pl.col(name).cast(pl.String) for name in COLUMNS)


def _tidy(rows: "pl.DataFrame") -> "pl.DataFrame":
    """Turn text into values; what cannot be read becomes null, to be explained later."""
    import polars as pl

    stamp = pl.col("InvoiceDate").str.strip_chars()
    price = pl.col("UnitPrice").str.strip_chars().cast(pl.Float64, strict=False)
    readable_price = price.is_finite() & (price.abs() < LARGEST_PRICE)
    return rows.select(
        pl.col("InvoiceNo").fill_null("").str.strip_chars().alias("invoice"),
        pl.col("StockCode").fill_null("").str.strip_chars().alias("stock_code"),
        pl.col("Description").fill_null("").str.strip_chars().alias("description"),
        pl.col("Quantity").str.strip_chars().cast(pl.Int64, strict=False).alias("quantity"),
        pl.coalesce(stamp.str.to_datetime(form, strict=False) for form in DATE_FORMATS).alias("at"),
        pl.when(readable_price).then((price * 100).round()).cast(pl.Int64).alias("cents"),
        pl.col("CustomerID")
        .fill_null("")
        .str.strip_chars()
        .str.strip_suffix(".0")
        .alias("customer"),
    )


def _invoices(rows: "pl.DataFrame", selection: Selection) -> "pl.DataFrame":
    import polars as pl

    invoices = rows.group_by("invoice", maintain_order=True).agg(pl.min("at").alias("first_at"))
    if selection.start is not None:
        invoices = invoices.filter(pl.col("first_at").dt.date() >= selection.start)
    if selection.end is not None:
        invoices = invoices.filter(pl.col("first_at").dt.date() <= selection.end)
    invoices = invoices.sort("first_at", maintain_order=True, nulls_last=False)
    return invoices if selection.limit is None else invoices.head(selection.limit)


def _grouped(rows: "pl.DataFrame", time_zone: ZoneInfo) -> dict[str, Invoice]:
    gathered: dict[str, tuple[datetime | None, str, list[SourceLine]]] = {}
    for number, code, text, quantity, _, cents, customer, first_at in rows.iter_rows():
        if number not in gathered:
            at = first_at.replace(tzinfo=time_zone) if first_at else None
            gathered[number] = (at, customer, [])
        lines = gathered[number][2]
        lines.append(SourceLine(len(lines) + 1, code, text, quantity, cents))
    return {
        number: Invoice(number, at, customer or None, tuple(lines))
        for number, (at, customer, lines) in gathered.items()
    }
