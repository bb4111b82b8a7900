"""Counts of the last weeks, with the drift that shops have, and lists that wait to be counted."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from chaland.accuracy import operations as accuracy
from chaland.accuracy.queries import count_lines, count_view
from chaland.accuracy.types import (
    CountDraft,
    CountKind,
    Decision,
    DriftReason,
    LineState,
    PolicyDraft,
    ScanDraft,
)
from chaland.demo.types import AGE, HOUSE_SELLER, Article, Site, StockRow
from chaland.kernel.actor import Actor
from chaland.kernel.ids import new_uuid

COUNTS, LINES = 34, (14, 26)
LEFT_TO_APPROVE = 3
RIGHT = {"warehouse": 0.96, "store": 0.82, "supplier": 0.9}
TOO_MANY = 0.2
LONGEST_LIST = 12
_HOURS_TO_COUNT = 2
_LATEST_BEFORE = timedelta(days=5)
_REASONS = (
    DriftReason.SHRINK,
    DriftReason.SHRINK,
    DriftReason.MIS_PICK,
    DriftReason.RECEIVING_ERROR,
    DriftReason.DAMAGE,
    DriftReason.WRONG_LOCATION,
    DriftReason.UNKNOWN,
)
APPROVER = Actor(
    kind="system", id="inventaire", label="Contrôle des inventaires", scopes=frozenset({"*"})
)

TO_DO = (
    ("magasin-lyon", "Vitrine de Noël", "Décoration", True),
    ("magasin-lyon", "Verres et vases fragiles", "Arts de la table", False),
    ("magasin-rennes", "Rayon enfants", "Enfants", True),
    ("magasin-paris", "Luminaires du sous-sol", "Luminaires", True),
    ("entrepot-orleans", "Allée 12", "Cuisine", True),
)
"""Lists that wait: site, name, category, blind or not."""


@dataclass(frozen=True, slots=True)
class Drift:
    """What a shelf really holds of an article when it is counted."""

    article: str
    counted: int


def drifts(rows: Sequence[StockRow], kind: str, random: Random) -> list[Drift]:
    """Return what is found on the shelf: mostly what the record says, else rather less."""
    found = []
    for row in rows:
        units = row.on_hand
        if random.random() > RIGHT[kind]:
            off = 1 + min(4, int(random.expovariate(0.9)))
            units = units + off if random.random() < TOO_MANY else max(0, units - off)
        found.append(Drift(row.article, units))
    return found


def write_counts(
    stock: Sequence[StockRow], sites: Mapping[str, Site], *, now: datetime, random: Random
) -> None:
    """Write the counts of the last weeks, the oldest first, and the tolerances behind them."""
    accuracy.put_policies(drafts=_policies(), now=now - AGE, actor=APPROVER)
    by_site: dict[str, list[StockRow]] = defaultdict(list)
    for row in stock:
        by_site[row.site].append(row)
    names = [code for code, site in sites.items() if site.seller == HOUSE_SELLER]
    span = AGE - _LATEST_BEFORE - timedelta(days=1)
    for number in range(COUNTS):
        code = random.choice(names)
        start = random.randrange(max(1, len(by_site[code]) - LINES[1]))
        rows = by_site[code][start : start + random.randint(*LINES)]
        at = now - AGE + timedelta(days=1) + span * (number + random.random()) / COUNTS
        waits = number >= COUNTS - LEFT_TO_APPROVE
        _count(sites[code], drifts(rows, sites[code].kind, random), at, random, approve=not waits)


def _count(
    site: Site, found: Sequence[Drift], at: datetime, random: Random, *, approve: bool
) -> None:
    team = Actor(
        kind="system",
        id=f"equipe-{site.code}",
        label=f"Équipe de {site.name}",
        scopes=frozenset({"*"}),
    )
    draft = CountDraft(
        location=site.code,
        kind=CountKind.LIST,
        name="Inventaire tournant",
        skus=tuple(item.article for item in found),
    )
    count_id = accuracy.open_count(draft=draft, now=at, actor=team)
    done = at + timedelta(hours=_HOURS_TO_COUNT)
    accuracy.record_scans(
        count_id=count_id,
        scans=[
            ScanDraft(scan_id=str(new_uuid()), sku=item.article, mode="set", quantity=item.counted)
            for item in found
        ],
        now=done,
        actor=team,
    )
    lines = count_lines(count_view(count_id, actor=APPROVER), limit=len(found))
    reasons = [Decision(sku=line.sku, reason=random.choice(_REASONS)) for line in lines]
    accuracy.submit(count_id=count_id, decisions=reasons, now=done, actor=team)
    view = count_view(count_id, actor=APPROVER)
    waiting = count_lines(view, states=[LineState.PENDING], limit=len(found))
    if approve and waiting:
        accuracy.approve(count_id=count_id, now=done + timedelta(hours=1), actor=APPROVER)


def write_lists(stock: Sequence[StockRow], articles: Sequence[Article], *, now: datetime) -> None:
    """Ask sites for counts that nobody has begun."""
    category = {article.code: article.category for article in articles}
    for place, (code, name, wanted, blind) in enumerate(TO_DO):
        held = [
            row.article for row in stock if row.site == code and category[row.article] == wanted
        ]
        if not held:
            continue
        draft = CountDraft(
            location=code,
            kind=CountKind.LIST,
            name=name,
            skus=tuple(held[:LONGEST_LIST]),
            blind=blind,
            due_on=(now + timedelta(days=place % 3)).date(),
        )
        accuracy.open_count(draft=draft, now=now, actor=APPROVER)


def _policies() -> list[PolicyDraft]:
    return [PolicyDraft(code="tous-les-sites", tolerance_units=1)]
