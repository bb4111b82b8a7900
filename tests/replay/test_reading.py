"""Order files as they come: dirty, in two formats."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl
import pytest

from chaland.replay.reading import COLUMNS, Selection, read_orders
from chaland.replay.types import ReplayError

LONDON = ZoneInfo("Europe/London")
ROWS = [
    ("2", "71053", "LANTERN", "8", "2010-12-02 10:00:00", "3.39", ""),
    ("1", "85123A", " HEART ", "6", "2010-12-01 08:26:00", "2.55", "17850.0"),
    ("1", "POST", "", "1", "2010-12-01 08:27:00", "0.001", "17850.0"),
    ("C3", "71053", "LANTERN", "-8", "2011-06-03 10:00:00", "3.39", "12345"),
    ("4", "X", "?", "many", "never", "free", ""),
]


def written(folder: Path, rows: Sequence[tuple[str, ...]], kind: str = "csv") -> Path:
    table = pl.DataFrame(rows, schema=list(COLUMNS), orient="row")
    path = folder / f"orders.{kind}"
    if kind == "csv":
        table.write_csv(path)
    else:
        table.with_columns(
            pl.col("Quantity").cast(pl.Int32, strict=False),
            pl.col("UnitPrice").cast(pl.Float64, strict=False),
        ).write_parquet(path)
    return path


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_invoices_come_in_time_order_with_their_rows(tmp_path: Path, kind: str) -> None:
    read = read_orders(written(tmp_path, ROWS, kind), Selection(), LONDON)
    assert [invoice.number for invoice in read.invoices] == ["4", "1", "2", "C3"]
    assert read.rows_read == len(ROWS) == sum(len(item.lines) for item in read.invoices)
    first = read.invoices[1]
    assert first.at is not None
    assert first.at.isoformat() == "2010-12-01T08:26:00+00:00"
    assert first.customer == "17850"
    assert (first.lines[0].quantity, first.lines[0].cents) == (6, 255)
    assert first.lines[1].cents == 0  # a tenth of a penny is no price
    assert read.invoices[3].at is not None
    assert read.invoices[3].at.isoformat() == "2011-06-03T10:00:00+01:00"


def test_what_cannot_be_read_stays_and_says_so(tmp_path: Path) -> None:
    read = read_orders(written(tmp_path, ROWS), Selection(), LONDON)
    odd = read.invoices[0]
    assert odd.at is None
    assert (odd.lines[0].quantity, odd.lines[0].cents) == (None, None)


def test_a_period_and_a_limit_choose_whole_invoices(tmp_path: Path) -> None:
    path = written(tmp_path, ROWS)
    december = read_orders(path, Selection(date(2010, 12, 1), date(2010, 12, 31)), LONDON)
    assert [invoice.number for invoice in december.invoices] == ["1", "2"]
    assert december.rows_read == 3
    first = read_orders(path, Selection(date(2010, 12, 1), None, 1), LONDON)
    assert [invoice.number for invoice in first.invoices] == ["1"]
    assert first.rows_read == 2


def test_a_file_that_is_no_order_file_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(ReplayError, match="there is no file"):
        read_orders(tmp_path / "nothing.csv", Selection(), LONDON)
    short = tmp_path / "short.csv"
    short.write_text("InvoiceNo,StockCode\n1,A\n")
    with pytest.raises(ReplayError, match="lacks the columns Description, Quantity"):
        read_orders(short, Selection(), LONDON)
    broken = tmp_path / "broken.parquet"
    broken.write_bytes(b"PAR1 not really")
    with pytest.raises(ReplayError, match="neither parquet nor CSV"):
        read_orders(broken, Selection(), LONDON)
