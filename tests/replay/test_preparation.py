"""What a replay needs is spread over the sites without losing or doubling a unit."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from chaland.replay.preparation import _spread


@given(
    units=st.integers(1, 100_000),
    shops=st.integers(0, 60),
    sku=st.text("ABC123", min_size=1, max_size=8),
)
def test_every_unit_lies_somewhere_once(units: int, shops: int, sku: str) -> None:
    codes = ["warehouse-0", "warehouse-1", *(f"shop-{number}" for number in range(shops))]
    spread = list(_spread(sku, units, codes))
    assert sum(quantity for _, quantity in spread) == units
    assert all(quantity > 0 for _, quantity in spread)
    assert max(Counter(site for site, _ in spread).values()) == 1
    assert {site for site, _ in spread} <= set(codes)
    assert spread == list(_spread(sku, units, codes))
