"""Write the invented retailer into the rooms, in one transaction and a few seconds."""

from collections.abc import Callable, Iterable
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import numpy as np
from django.db import transaction

from chaland.access import operations as access
from chaland.availability import operations as availability
from chaland.catalog import operations as catalog
from chaland.catalog import queries as catalog_queries
from chaland.catalog.types import ComponentDraft, SkuDraft, VatClass
from chaland.demo import sign_ins
from chaland.demo.assortment import assortment
from chaland.demo.carriers import carrier_services
from chaland.demo.network_plan import organisations, sites
from chaland.demo.sign_ins import Person, SignIns
from chaland.demo.simulated_systems import feed_drafts
from chaland.demo.stock_plan import opening_stock
from chaland.demo.stock_rules import stock_rules
from chaland.demo.tables import read_table
from chaland.demo.types import AGE, HOUSE, HOUSE_SELLER, Article, Site, StockRow
from chaland.feeds import operations as feeds
from chaland.inventory import operations as inventory
from chaland.inventory.types import (
    Adjustment,
    MovementKind,
    OpeningStock,
    UnavailableStatus,
)
from chaland.kernel.actor import SYSTEM
from chaland.kernel.outcomes import WriteOutcome
from chaland.network import operations as network
from chaland.network import queries as network_queries
from chaland.network.types import (
    OWNERS_OF_THEIR_STOCK,
    AgreementDraft,
    Capability,
    ChannelDraft,
    ChannelKind,
    LocationDraft,
    LocationGroupDraft,
    LocationKind,
    OrganisationDraft,
    OrganisationKind,
)
from chaland.promise import operations as promise

Told = Callable[[str], None]

SEED = 2026
SOURCE = "demo"
NOT_AGREED = (("franchise-est", "marketplace-fr"),)
"""An owner that keeps its stock from a channel."""

COST_SHARE = 46
"""What an article costs the retailer, in hundredths of its price."""

_PER_CALL = 500

PEER_SCOPES = ("fulfilment:read", "fulfilment:write", "stock:read")
KEYS: dict[str, tuple[str, ...]] = {
    "shop-front": (
        "orders:read",
        "orders:write",
        "customers:read",
        "promises:read",
        "stock:read",
    ),
    "erp": ("stock:read", "stock:write"),
    "carriers": ("fulfilment:read", "fulfilment:write"),
    "integrator": (
        "orders:read",
        "orders:write",
        "stock:read",
        "stock:write",
        "catalog:read",
        "catalog:write",
        "network:read",
        "network:write",
        "sourcing:read",
        "sourcing:write",
        "promises:read",
        "events:read",
        "webhooks:write",
    ),
}
"""Keys that see the whole group; each organisation that works has one of its own besides."""


class DemoError(Exception):
    """The demo cannot start; the message says why and what to do."""


def is_built() -> bool:
    """Tell whether this database holds the demo. Raises DemoError when it holds somebody else."""
    codes = {item.code for item in network_queries.snapshot().organisations}
    if not codes or HOUSE in codes:
        return HOUSE in codes
    raise DemoError(
        "this database already holds another retailer: give the demo a folder of its own with"
        " CHALAND_DATA, or a database of its own with DATABASE_URL"
    )


def build(*, folder: Path, now: datetime, told: Told, seed: int = SEED) -> SignIns:
    """Write everything and return the sign-ins, which are kept in *folder*. All or nothing."""
    articles, places = assortment(seed), sites()
    with transaction.atomic():
        told("organisations, sites and channels")
        _build_network(places, now)
        told(f"{len(articles):,} articles")
        _build_catalog(articles, now)
        told("stock rules")
        _require(availability.upsert_rules(drafts=stock_rules(now + AGE), now=now, actor=SYSTEM))
        told("feeds of simulated systems")
        for draft in feed_drafts():
            feeds.save_feed(draft=draft, now=now, actor=SYSTEM)
        told("stock")
        _build_stock(opening_stock(articles, places, seed), now)
        told("people and keys")
        people = sign_ins.invent_people()
        _build_people(people, now)
        made = SignIns(seed=seed, people=people, keys=_build_keys(now))
        sign_ins.save(folder, made)
    return made


def _build_network(places: Iterable[Site], now: datetime) -> None:
    _require(
        network.upsert_organisations(
            drafts=[
                OrganisationDraft(
                    code=item.code,
                    name=item.name,
                    kind=OrganisationKind(item.kind),
                    country="FR",
                    parent=item.parent or "",
                )
                for item in organisations()
            ],
            now=now,
            actor=SYSTEM,
        )
    )
    drafts = [_location(site) for site in places]
    _require(network.upsert_locations(drafts=drafts, now=now, actor=SYSTEM))
    _require(network.upsert_location_groups(drafts=_groups(places), now=now, actor=SYSTEM))
    _require(network.upsert_channels(drafts=_channels(), now=now, actor=SYSTEM))
    _require(network.agree_to_channels(drafts=_agreements(), now=now, actor=SYSTEM))
    _require(promise.upsert_carrier_services(drafts=carrier_services(), now=now, actor=SYSTEM))


def _location(site: Site) -> LocationDraft:
    return LocationDraft(
        code=site.code,
        name=site.name,
        kind=LocationKind(site.kind),
        organisation=site.organisation,
        country="FR",
        region=site.region,
        postal_code=site.postal_code,
        city=site.city,
        street=site.street,
        latitude=site.latitude,
        longitude=site.longitude,
        capabilities=frozenset(map(Capability, site.capabilities)),
        daily_capacity=site.daily_capacity,
        handling_minutes=site.handling_minutes,
        cost_per_order=Decimal(site.cost_per_order_cents) / 100,
        cost_per_line=Decimal(site.cost_per_line_cents) / 100,
        cut_off=site.cut_off,
        hours=site.hours,
    )


def _groups(places: Iterable[Site]) -> list[LocationGroupDraft]:
    def codes(*kinds: str, house: bool = True) -> tuple[str, ...]:
        return tuple(
            site.code
            for site in places
            if site.kind in kinds and (site.seller == HOUSE_SELLER or not house)
        )

    suppliers = codes("supplier", house=False)
    shops = codes("store")
    merchants = tuple(set(codes("store", house=False)) - set(shops))
    return [
        LocationGroupDraft(
            code="reseau",
            name="Entrepôts, magasins et fournisseurs",
            locations=(*codes("warehouse"), *shops, *suppliers),
        ),
        LocationGroupDraft(code="entrepots", name="Entrepôts", locations=codes("warehouse")),
        LocationGroupDraft(code="magasins", name="Magasins Tilvert", locations=shops),
        LocationGroupDraft(
            code="annecy", name="Commerçants d'Annecy", locations=tuple(sorted(merchants))
        ),
        *(
            LocationGroupDraft(
                code=f"magasins-{row['territory']}",
                name=row["sites"],
                locations=tuple(site.code for site in places if site.organisation == row["code"]),
            )
            for row in read_table("franchises")
        ),
    ]


def _channels() -> list[ChannelDraft]:
    plans = (
        ("web-fr", "tilvert.example", ChannelKind.WEB, "reseau", 1),
        ("app-fr", "Application Tilvert", ChannelKind.APP, "reseau", 1),
        ("boutique-fr", "Commandes passées en magasin", ChannelKind.STORE, "reseau", 0),
        ("marketplace-fr", "Place de marché nationale", ChannelKind.MARKETPLACE, "reseau", 2),
        ("annecy-en-ville", "Annecy en ville", ChannelKind.MARKETPLACE, "annecy", 0),
    )
    return [
        ChannelDraft(
            code=code,
            name=name,
            kind=kind,
            brand="Tilvert",
            currency="EUR",
            countries=frozenset({"FR"}),
            pool=pool,
            release_delay_minutes=delay,
        )
        for code, name, kind, pool, delay in plans
    ]


def _agreements() -> list[AgreementDraft]:
    """Let every owner of stock agree to the channels whose pools hold its sites, one apart."""
    found: dict[str, set[str]] = {}
    current = network_queries.snapshot()
    for channel in current.channels.values():
        for index in np.flatnonzero(current.pool(channel)).tolist():
            owner = current.organisations[current.organisation_index[index]]
            if owner.kind in OWNERS_OF_THEIR_STOCK:
                found.setdefault(owner.code, set()).add(channel.code)
    for owner_code, channel_code in NOT_AGREED:
        found[owner_code].discard(channel_code)
    return [
        AgreementDraft(organisation=code, channels=frozenset(channels))
        for code, channels in sorted(found.items())
    ]


def _build_catalog(articles: Iterable[Article], now: datetime) -> None:
    drafts = [
        SkuDraft(
            code=item.code,
            name=item.name,
            weight_grams=item.weight_grams,
            gtins=(item.gtin,),
            length_mm=item.length_mm,
            width_mm=item.width_mm,
            height_mm=item.height_mm,
            category=item.category,
            tags=item.tags,
            unit_cost=Decimal(item.price_cents * COST_SHARE) / 10_000,
            vat_class=VatClass(item.vat_class),
            restrictions=("alcohol",) if "alcool" in item.tags else (),
            components=tuple(ComponentDraft(code, units) for code, units in item.components),
        )
        for item in articles
    ]
    for start in range(0, len(drafts), _PER_CALL):  # kits come last, after what they are made of
        part = drafts[start : start + _PER_CALL]
        _require(catalog.upsert_skus(drafts=part, now=now, actor=SYSTEM))


def _build_stock(rows: list[StockRow], now: datetime) -> None:
    skus = catalog_queries.sku_facts({row.article for row in rows})
    places = network_queries.snapshot()
    location_id = {code: places.locations[index].id for code, index in places.by_code.items()}
    inventory.load_opening_stock(
        stock=[
            OpeningStock(skus[row.article].id, location_id[row.site], row.on_hand) for row in rows
        ],
        source=SOURCE,
        now=now,
        actor=SYSTEM,
    )
    damaged = [
        Adjustment(
            sku_id=skus[row.article].id,
            location_id=location_id[row.site],
            kind=MovementKind.BLOCKING,
            source=SOURCE,
            occurred_at=now,
            unavailable_delta=row.unavailable,
            status=UnavailableStatus.DAMAGED,
            reason="Damaged when the demo begins",
        )
        for row in rows
        if row.unavailable
    ]
    for start in range(0, len(damaged), _PER_CALL):
        outcomes = inventory.adjust(
            adjustments=damaged[start : start + _PER_CALL], now=now, actor=SYSTEM
        )
        if refused := [item for item in outcomes if item.status != "applied"]:
            raise DemoError(f"stock could not be written: {refused[0].problem}")


def _build_people(people: Iterable[Person], now: datetime) -> None:
    for person in people:
        access.create_user(
            email=person.email,
            display_name=person.name,
            role=person.role,
            password=person.password,
            organisations=person.organisations,
            locations=person.locations,
            now=now,
            actor=SYSTEM,
        )


def _build_keys(now: datetime) -> dict[str, str]:
    """Make the keys of the group's machines, and one for each organisation that works."""
    made = {
        name: access.create_api_key(name=name, scopes=scopes, now=now, actor=SYSTEM).token
        for name, scopes in KEYS.items()
    }
    for code in sorted({site.organisation for site in sites()}):
        made[code] = access.create_api_key(
            name=f"Logiciel de {code}",
            scopes=PEER_SCOPES,
            organisations=[code],
            now=now,
            actor=SYSTEM,
        ).token
    return made


def _require(outcomes: Iterable[WriteOutcome]) -> None:
    """Raise DemoError when any item was rejected: the demo is ours, so that is our mistake."""
    for item in outcomes:
        if item.problem is not None:
            raise DemoError(f"{item.code} could not be written: {item.problem}")
