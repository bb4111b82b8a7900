"""Stock rules as the console shows them: in words, with what is wrong with them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse

from chaland.access.queries import AuditFilter, audit_entries
from chaland.access.types import AuditEntryView
from chaland.availability.queries import notes_on, preview, stored_rules
from chaland.availability.types import StockRule, StoredRule
from chaland.catalog.queries import skus
from chaland.console import rule_words
from chaland.network.queries import snapshot

HISTORY, EXAMPLES = 20, 3


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleRow:
    """A rule as a line of the list. ``state`` is on, off, planned or ended."""

    code: str
    name: str
    url: str
    kind: str
    sentence: str
    period: str
    state: str
    active: bool
    version: int
    priority: int
    notes: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class KindOfRules:
    """The rules of one kind, in the order in which they are looked at."""

    name: str
    meaning: str
    rows: list[RuleRow]


@dataclass(frozen=True, slots=True)
class Shown:
    """What a channel could sell of a product at a site, before and after."""

    product: str
    site: str
    before: int
    after: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelEffect:
    """What a rule would change for a channel."""

    name: str
    hidden: int
    released: int
    skus: int
    sites: int
    examples: list[Shown]


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleEffect:
    """What a rule would change; ``as_of`` is set when it is yet to start."""

    as_of: datetime | None
    hidden: int
    notes: list[str]
    channels: list[ChannelEffect]


def rules_by_kind(now: datetime) -> list[KindOfRules]:
    """Return every rule, by kind; kinds without rules are left out."""
    stored = stored_rules()
    rows = {row.code: row for row in rule_rows(stored, now)}
    found = []
    for kind in rule_words.KINDS:
        mine = [item.rule for item in stored if item.rule.kind is kind]
        mine.sort(key=lambda rule: (not rule.active, rule.priority, rule.code))
        if mine:
            found.append(
                KindOfRules(
                    name=str(rule_words.KINDS[kind]),
                    meaning=str(rule_words.KIND_HELP[kind]),
                    rows=[rows[rule.code] for rule in mine],
                )
            )
    return found


def rule_rows(stored: Sequence[StoredRule], now: datetime) -> list[RuleRow]:
    """Return rules in words. The queries are one per rule, for the SKUs in its scope, and three."""
    names = names_for([item.rule for item in stored])
    by_code = {item.rule.code: item.rule.name for item in stored}
    notes = notes_on([item.rule for item in stored], now=now)
    return [
        RuleRow(
            code=item.rule.code,
            name=item.rule.name,
            url=reverse("console:rule", args=[item.rule.code]),
            kind=str(rule_words.KINDS[item.rule.kind]),
            sentence=rule_words.sentence(item.rule, names),
            period=rule_words.period(item.rule),
            state=_state(item.rule, now),
            active=item.rule.active,
            version=item.version,
            priority=item.rule.priority,
            notes=[rule_words.note(note, by_code) for note in notes[item.rule.code]],
        )
        for item in stored
    ]


def names_for(rules: Collection[StockRule]) -> rule_words.Names:
    """Return what the codes in rules are called; one query."""
    wanted = sorted({code for rule in rules for code in rule.scope.skus[: rule_words.NAMED]})
    return rule_words.Names(snapshot(), {item.code: item.name for item in skus(wanted)})


def rule_effect(rule: StockRule, now: datetime) -> RuleEffect:
    """Return what a rule would change if it were saved. Raises InvalidInputError."""
    found = preview(rule, now=now)
    network = snapshot()
    shown = {item.sku for effect in found.effects for item in effect.examples[:EXAMPLES]}
    names = {item.code: item.name for item in skus(sorted(shown))}
    by_code = {item.rule.code: item.rule.name for item in stored_rules()}
    return RuleEffect(
        as_of=found.as_of if found.as_of > now else None,
        hidden=max((effect.hidden for effect in found.effects), default=0),
        notes=[rule_words.note(note, by_code) for note in notes_on([rule], now=now)[rule.code]],
        channels=[
            ChannelEffect(
                name=network.channels[effect.channel].name,
                hidden=effect.hidden,
                released=effect.released,
                skus=effect.skus,
                sites=effect.locations,
                examples=[
                    Shown(
                        product=names.get(item.sku, item.sku),
                        site=place.name if (place := network.location(item.location)) else "",
                        before=item.before,
                        after=item.after,
                    )
                    for item in effect.examples[:EXAMPLES]
                ],
            )
            for effect in found.effects
        ],
    )


def history(code: str) -> list[AuditEntryView]:
    """Return the last changes of a rule, the latest first."""
    wanted = AuditFilter(entity_type="stock_rule", entity_id=code)
    return audit_entries(wanted, limit=HISTORY)


def _state(rule: StockRule, now: datetime) -> str:
    if not rule.active:
        return "off"
    if rule.ends_at is not None and rule.ends_at <= now:
        return "ended"
    return "planned" if rule.starts_at is not None and rule.starts_at > now else "on"
