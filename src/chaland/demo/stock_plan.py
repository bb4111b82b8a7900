"""How much lies where when the demo begins: few articles sell most, shops hold what sells."""

from collections.abc import Iterator, Sequence

import numpy as np

from chaland.demo.types import Article, Site, StockRow

_ZIPF = 0.85
_WAREHOUSE_RANGE = {"entrepot-orleans": 0.94, "entrepot-lyon": 0.78}
_SHOP_RANGE = 0.42


def opening_stock(articles: Sequence[Article], sites: Sequence[Site], seed: int) -> list[StockRow]:
    """Return the stock of every site, in site order; kits have none, being made of others."""
    generator = np.random.default_rng(seed)
    rows: list[StockRow] = []
    for site in sites:
        held = [item for item in articles if item.seller == site.seller and not item.components]
        rows.extend(_stock_of(site, held, generator))
    return rows


def popularity(articles: Sequence[Article]) -> "np.ndarray[tuple[int], np.dtype[np.float64]]":
    """Return how often each article is bought, relative to the best seller (Zipf's law)."""
    ranks = np.array([article.rank for article in articles], dtype=np.float64)
    result: np.ndarray[tuple[int], np.dtype[np.float64]] = (1.0 + ranks) ** -_ZIPF
    return result


def _stock_of(
    site: Site, held: list[Article], generator: np.random.Generator
) -> Iterator[StockRow]:
    weight = popularity(held)
    count = len(held)
    if site.kind == "warehouse":
        carried = generator.random(count) < _WAREHOUSE_RANGE[site.code]
        quantity = generator.poisson(4 + 900 * weight**0.7)
    elif site.seller != "house":
        carried = generator.random(count) < 0.95  # noqa: PLR2004 - a few articles are always missing
        quantity = generator.poisson(6, count)
    else:
        carried = generator.random(count) < np.minimum(
            0.95, _SHOP_RANGE * site.size * (0.55 + 6 * weight**0.5)
        )
        quantity = generator.geometric(0.38, count) + generator.poisson(
            25 * site.size * weight**0.6
        )
    damaged = generator.random(count) < 0.015  # noqa: PLR2004 - one position in sixty holds a broken unit
    for index in np.flatnonzero(carried & (quantity > 0)):
        units = int(quantity[index])
        yield StockRow(held[index].code, site.code, units, int(damaged[index] and units > 1))
