"""What each day may promise: the arithmetic beside the definition, spelled out the slow way."""

from hypothesis import given
from hypothesis import strategies as st

from chaland.backorders.rules import first_day, holds_for, in_order, promisable
from chaland.backorders.types import FutureSale, FutureSaleKind
from chaland.catalog.types import SkuProfile

DAYS = 12
events = st.lists(st.tuples(st.integers(-3, DAYS + 4), st.integers(1, 9)), max_size=8)
stock = st.integers(0, 20)


def there_on(
    day: int, today: int, arrivals: list[tuple[int, int]], dues: list[tuple[int, int]]
) -> int:
    came = sum(units for when, units in arrivals if max(when, 0) <= day)
    went = sum(units for when, units in dues if max(when, 0) <= day)
    return today + came - went


@given(stock, events, events)
def test_a_day_promises_what_no_later_day_needs(
    today: int, arrivals: list[tuple[int, int]], dues: list[tuple[int, int]]
) -> None:
    spare = promisable(today, arrivals, dues, DAYS)
    for day in range(DAYS + 1):
        later = [there_on(other, today, arrivals, dues) for other in range(day, DAYS + 1)]
        assert spare[day] == max(0, min(later))
    assert spare == sorted(spare)


@given(stock, events, st.lists(st.tuples(st.integers(0, DAYS), st.integers(1, 9)), max_size=12))
def test_promises_that_were_given_are_never_broken(
    today: int, arrivals: list[tuple[int, int]], asked: list[tuple[int, int]]
) -> None:
    """Whoever asks in turn, for as early as possible after a day, never leaves any day short."""
    given_so_far: list[tuple[int, int]] = []
    for not_before, quantity in asked:
        spare = promisable(today, arrivals, given_so_far, DAYS)
        day = first_day(spare, quantity, not_before=not_before)
        if day is None:
            assert max(spare[not_before:]) < quantity
        else:
            assert day >= not_before
            given_so_far.append((day, quantity))
    assert all(there_on(day, today, arrivals, given_so_far) >= 0 for day in range(DAYS + 1))


def sale(code: str, **values: object) -> FutureSale:
    return FutureSale(code=code, name=code, kind=FutureSaleKind.BACKORDER, **values)  # type: ignore[arg-type]


def test_the_first_that_fits_decides() -> None:
    sales = [
        sale("all"),
        sale("web", channels=("WEB",)),
        sale("lamp", skus=("LAMP",)),
        sale("urgent", priority=1, tags=("new",)),
    ]
    assert [item.code for item in in_order(sales)] == ["urgent", "lamp", "web", "all"]


def test_scopes_are_by_channel_category_tag_and_sku() -> None:
    toy = SkuProfile("BEAR", "Toys/Plush", frozenset({"new"}))
    assert holds_for(sale("x", categories=("Toys",)), "WEB", toy)
    assert not holds_for(sale("x", categories=("Toy",)), "WEB", toy)
    assert not holds_for(sale("x", channels=("APP",)), "WEB", toy)
    assert not holds_for(sale("x", tags=("old",)), "WEB", toy)
    assert not holds_for(sale("x", skus=("LAMP",), categories=("Toys",)), "WEB", toy)
