"""The invented retailer is plausible, complete and the same for a seed."""

from collections import Counter
from datetime import time

import pytest
from stdnum import ean

from chaland.demo.assortment import ARTICLES, KITS, assortment, check_digit
from chaland.demo.network_plan import organisations, sites, slug, towns
from chaland.demo.stock_plan import opening_stock
from chaland.demo.types import Site
from chaland.kernel.geo import GeoPoint, distance_km

SEED = 2026


def test_the_range_has_5000_articles_each_with_a_valid_gtin() -> None:
    articles = assortment(SEED)
    assert len(articles) == ARTICLES == 5_000
    assert len({item.code for item in articles}) == ARTICLES
    assert len({item.name for item in articles}) == ARTICLES
    assert len({item.gtin for item in articles}) == ARTICLES
    assert all(ean.is_valid(item.gtin) for item in articles)
    assert sorted(item.rank for item in articles) == list(range(ARTICLES))


def test_a_known_check_digit() -> None:
    assert check_digit("400638133393") == "1"


def test_articles_have_prices_sizes_and_weights_that_a_parcel_can_have() -> None:
    for item in assortment(SEED):
        assert 100 <= item.price_cents <= 150_000, item
        assert 10 <= item.weight_grams <= 120_000, item
        assert min(item.length_mm, item.width_mm, item.height_mm) >= 2, item


def test_kits_are_made_of_articles_of_the_house_and_cost_less_than_their_parts() -> None:
    by_code = {item.code: item for item in assortment(SEED)}
    kits = [item for item in by_code.values() if item.components]
    assert len(kits) == KITS
    for kit in kits:
        parts = [(by_code[code], units) for code, units in kit.components]
        assert all(part.seller == "house" and not part.components for part, _ in parts)
        assert kit.weight_grams == sum(part.weight_grams * units for part, units in parts)
        assert kit.price_cents < sum(part.price_cents * units for part, units in parts)


def test_the_network_is_the_one_that_was_asked_for() -> None:
    kinds = Counter(site.kind for site in sites())
    assert (kinds["warehouse"], kinds["supplier"], kinds["store"]) == (2, 3, 60 + 10)
    owners = {item.code: item.kind for item in organisations()}
    assert all(site.organisation in owners for site in sites())
    franchised = [site for site in sites() if owners[site.organisation] == "franchisee"]
    assert 20 <= len(franchised) <= 40
    assert len({site.organisation for site in franchised}) >= 3
    assert len({site.code for site in sites()}) == len(sites())


def test_the_merchants_share_one_old_town() -> None:
    merchants = [site for site in sites() if site.kind == "store" and site.seller != "house"]
    assert len(merchants) == 10
    centre = GeoPoint(45.8992, 6.1252)
    for site in merchants:
        assert distance_km(centre, GeoPoint(site.latitude, site.longitude)) < 1.5, site


@pytest.mark.parametrize(
    ("city", "latitude", "longitude"),
    [("Paris", 48.857, 2.352), ("Ajaccio", 41.92, 8.736), ("Brest", 48.39, -4.486)],
)
def test_shops_stand_where_their_city_is(city: str, latitude: float, longitude: float) -> None:
    (shop,) = [site for site in sites() if site.city == city and site.seller == "house"]
    assert distance_km(GeoPoint(latitude, longitude), GeoPoint(shop.latitude, shop.longitude)) < 5


def test_shops_keep_french_hours() -> None:
    by_code = {site.code: site for site in sites()}

    def open_at(site: Site, weekday: int, at: time) -> bool:
        return any(
            item.weekday == weekday and item.opens <= at < item.closes for item in site.hours
        )

    monday, sunday = 0, 6
    assert open_at(by_code["magasin-lyon"], sunday, time(15))
    assert not open_at(by_code["magasin-annecy"], sunday, time(15))
    assert not open_at(by_code["magasin-annecy"], monday, time(10))
    assert not open_at(by_code["magasin-albi"], monday + 1, time(13))
    assert by_code["magasin-strasbourg"].region == "6AE"


def test_stock_is_uneven_and_only_what_the_site_sells() -> None:
    articles, places = assortment(SEED), sites()
    rows = opening_stock(articles, places, SEED)
    assert rows == opening_stock(articles, places, SEED)
    by_code = {item.code: item for item in articles}
    by_site = {site.code: site for site in places}
    assert len({(row.article, row.site) for row in rows}) == len(rows)
    assert {row.site for row in rows} == set(by_site)
    for row in rows:
        assert by_code[row.article].seller == by_site[row.site].seller
        assert not by_code[row.article].components
        assert 0 <= row.unavailable < row.on_hand
    units = sorted((row.on_hand for row in rows), reverse=True)
    assert sum(units[: len(units) // 10]) > 0.3 * sum(units)
    held = Counter(row.site for row in rows)
    assert held["entrepot-orleans"] > held["magasin-paris"] > held["magasin-albi"]


def test_orders_come_from_all_over_the_country() -> None:
    assert len(towns()) > 120
    assert len({town.postal_code[:2] for town in towns()}) > 90
    assert slug("Saint-Étienne") == "saint-etienne"
