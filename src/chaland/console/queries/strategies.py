"""Strategies as the console shows them: in words, with what is worth knowing of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from django.urls import reverse
from django.utils.translation import gettext

from chaland.catalog.queries import skus
from chaland.console import strategy_words as words
from chaland.console.rule_words import quoted
from chaland.journeys.try_strategy import check_strategy
from chaland.network.queries import snapshot
from chaland.promise.queries import services
from chaland.sourcing import queries
from chaland.sourcing.types import (
    DocumentChange,
    Finding,
    Pilot,
    Rule,
    StrategyDocument,
    StrategyVersion,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleCard:
    """A rule in words; ``met`` counts last month's orders, None where nobody counted."""

    code: str
    name: str
    number: int
    when: str
    then: list[str]
    on: bool
    go_on: bool
    notes: list[str]
    wrong: bool
    met: int | None
    first: bool
    last: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class WeightLine:
    """A weight that is not as it is built in."""

    name: str
    value: str
    meaning: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A whole strategy in words."""

    name: str
    rules: list[RuleCard]
    general: list[str]
    weights: list[WeightLine]
    notes: list[str]
    orders: int | None
    wrong: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class StrategyRow:
    """A strategy as a line of the list."""

    code: str
    name: str
    url: str
    version: int | None
    since: datetime | None
    draft: int | None
    planned_at: datetime | None
    channels: list[str]
    pilot: str
    rules: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeLine:
    """A difference between two versions, in words."""

    kind: str
    what: str
    field: str
    before: list[str]
    after: list[str]


def strategy_rows(now: datetime) -> list[StrategyRow]:
    """Return every strategy, the default one first."""
    present, use = queries.in_force(now=now), queries.strategy_use()
    network = snapshot()
    names = words.Names(network, {}, {})
    default = queries.BUILT_IN.code
    rows = []
    for code, several in groupby(queries.versions_of(), key=lambda item: item.code):
        versions = list(several)
        in_force = present.get(code)
        shown = in_force or versions[0]
        draft = draft_beside(versions, in_force)
        pilot = next((item for item in use.pilots if item.strategy == code), None)
        followers = [c for c in sorted(network.channels) if use.channels.get(c, default) == code]
        rows.append(
            StrategyRow(
                code=code,
                name=strategy_name(shown),
                url=reverse("console:strategy", args=[code]),
                version=in_force.version if in_force else None,
                since=in_force.activated_at if in_force else None,
                draft=draft.version if draft else None,
                planned_at=draft.activate_at if draft else None,
                channels=names.channels(followers),
                pilot=words.pilot_text(pilot, names) if pilot else "",
                rules=len(shown.document.rules),
            )
        )
    return sorted(rows, key=lambda row: (row.code != default, row.version is None, row.name))


def draft_beside(
    versions: Sequence[StrategyVersion], in_force: StrategyVersion | None
) -> StrategyVersion | None:
    """Return the draft among versions; a plan that has taken force is none any more."""
    number = in_force.version if in_force else None
    return next(
        (item for item in versions if item.state == "draft" and item.version != number), None
    )


def strategy_name(version: StrategyVersion) -> str:
    """Return what a strategy is called; the built-in one in the reader's language."""
    if version.document == queries.BUILT_IN.document:
        return gettext("Default strategy")
    return version.document.name


def read_aloud(document: StrategyDocument, now: datetime, *, on_orders: bool = False) -> Reading:
    """Return a strategy in words; *on_orders* looks at last month's orders, too."""
    met: Mapping[str, int] | None = None
    orders = None
    if on_orders and document.rules:
        checked = check_strategy(document, now=now)
        found, met, orders = checked.findings, checked.met, checked.orders
    else:
        found = queries.findings(document, now=now)
    names = names_for(document.rules)
    rule_names = {rule.code: rule.name for rule in document.rules}
    general = [
        words.split_text(document.split),
        gettext("when nothing fits: %(deed)s")
        % {"deed": words.nothing_text(document.nothing_fits)},
        *(words.preference_text(item, names) for item in document.preferences),
    ]
    if document.fairness is not None:
        general.append(words.fairness_text(document.fairness, names))
    last = len(document.rules)
    return Reading(
        name=document.name,
        rules=[
            RuleCard(
                code=rule.code,
                name=rule.name,
                number=number,
                when=words.when_text(rule.when, names),
                then=words.then_lines(rule, names),
                on=rule.on,
                go_on=rule.go_on,
                notes=_notes(found, rule.code, rule_names),
                wrong=any(i.rule == rule.code and i.severity == "error" for i in found),
                met=met.get(rule.code) if met is not None and orders else None,
                first=number == 1,
                last=number == last,
            )
            for number, rule in enumerate(document.rules, start=1)
        ],
        general=general,
        weights=[
            WeightLine(
                name=str(words.WEIGHTS[name][0]),
                value=f"{value:f}",
                meaning=str(words.WEIGHTS[name][1]),
            )
            for name, value in document.weights.items()
            if name in words.WEIGHTS
        ],
        notes=_notes(found, "", rule_names),
        orders=orders,
        wrong=any(item.severity == "error" for item in found),
    )


def names_for(rules: Sequence[Rule]) -> words.Names:
    """Return what the codes in rules are called; two queries."""
    wanted = sorted({c for rule in rules if rule.when.items for c in rule.when.items.skus})
    return words.Names(
        snapshot(),
        {item.code: item.name for item in services()},
        {item.code: item.name for item in skus(wanted)} if wanted else {},
    )


def change_lines(before: StrategyDocument, after: StrategyDocument) -> list[ChangeLine]:
    """Return what differs between two versions, in words."""
    old = {rule.code: rule for rule in before.rules}
    new = {rule.code: rule for rule in after.rules}
    names = names_for([*before.rules, *after.rules])
    lines: list[ChangeLine] = []
    for item in queries.changes(before, after):
        line = _change_line(item, old.get(item.rule), new.get(item.rule), names)
        # A rule's conditions are one sentence, however many of them changed.
        if line not in lines:
            lines.append(line)
    return lines


def _notes(found: Sequence[Finding], rule: str, names: Mapping[str, str]) -> list[str]:
    notes = [words.finding_text(item, names) for item in found if item.rule == rule]
    return list(dict.fromkeys(notes))


def _change_line(
    item: DocumentChange, old: Rule | None, new: Rule | None, names: words.Names
) -> ChangeLine:
    what = quoted(item.name) if item.rule else gettext("For all orders")
    if item.kind == "added" and new is not None:
        return ChangeLine(
            kind=item.kind, what=what, field="", before=[], after=_sentence(new, names)
        )
    if item.kind == "removed" and old is not None:
        return ChangeLine(
            kind=item.kind, what=what, field="", before=_sentence(old, names), after=[]
        )
    if item.kind == "moved":
        return ChangeLine(
            kind=item.kind,
            what=what,
            field=gettext("Place"),
            before=[str(item.before)],
            after=[str(item.after)],
        )
    field = words.field_name(item.field)
    if old is not None and new is not None and not item.field.startswith("weights."):
        before, after = _said(item.field, old, names), _said(item.field, new, names)
        return ChangeLine(kind=item.kind, what=what, field=field, before=before, after=after)
    return ChangeLine(
        kind=item.kind, what=what, field=field, before=_plain(item.before), after=_plain(item.after)
    )


def _said(field: str, rule: Rule, names: words.Names) -> list[str]:
    """Return what a rule says in one of its fields."""
    if field.startswith("when."):
        return [words.when_text(rule.when, names)]
    fairness, split, nothing = rule.fairness, rule.split, rule.nothing_fits
    yes_or_no = {True: gettext("yes"), False: gettext("no")}
    texts = {
        "name": [rule.name],
        "on": [yes_or_no[rule.on]],
        "go_on": [yes_or_no[rule.go_on]],
        "circles": [words.circles_text(rule.circles, names)] if rule.circles else [],
        "preferences": [words.preference_text(item, names) for item in rule.preferences],
        "fairness": [words.fairness_text(fairness, names)] if fairness else [],
        "split": [words.split_text(split)] if split else [],
        "nothing_fits": [words.nothing_text(nothing)] if nothing else [],
    }
    return texts[field.split(".", maxsplit=1)[0]]


def _sentence(rule: Rule, names: words.Names) -> list[str]:
    return [words.when_text(rule.when, names), *words.then_lines(rule, names)]


def _plain(value: object) -> list[str]:
    if value is None:
        return []
    if isinstance(value, str) and value in words.NOTHING_FITS:
        return [str(words.NOTHING_FITS[value])]
    if isinstance(value, bool):
        return [gettext("yes") if value else gettext("no")]
    return [str(item) for item in value] if isinstance(value, list) else [str(value)]


def pilot_of(code: str) -> Pilot | None:
    """Return the pilot of a strategy."""
    return next((item for item in queries.strategy_use().pilots if item.strategy == code), None)
