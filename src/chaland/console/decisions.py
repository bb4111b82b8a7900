"""Sourcing decisions in words: who was chosen, at what cost, who was not, what would flip it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.formats import number_format
from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from chaland.console import wording
from chaland.console.wording import TIMES
from chaland.sourcing.types import DecisionRecord

Body = Mapping[str, Any]
_TERMS = (
    "freight",
    "handling",
    "delay",
    "parcels",
    "distance",
    "co2",
    "capacity",
    "scarcity",
    "unpickable",
    "ageing",
    "owner",
)

_TERM_NAMES: dict[str, str | Promise] = {
    "freight": _("freight"),
    "handling": _("handling"),
    "delay": _("waiting"),
    "parcels": _("extra parcels"),
    "distance": _("distance"),
    "co2": _("CO₂"),
    "capacity": _("a full day"),
    "scarcity": _("scarce stock"),
    "unpickable": _("not found on the shelf"),
    "ageing": _("ageing stock"),
    "owner": _("whose stock"),
}

_REASONS: dict[str, str | Promise] = {
    "inactive": _("not in use"),
    "not_in_pool": _("outside this channel"),
    "not_agreed": _("whose owner did not agree to this channel"),
    "other_organisation": _("of another organisation"),
    "no_capability": _("without this capability"),
    "restricted": _("not for goods like these"),
    "not_chosen_by_customer": _("not where the customer collects"),
    "paused": _("paused"),
    "ruled_out": _("outside what the strategy's rules say"),
    "refused_before": _("refused before"),
    "closed": _("closed for too long"),
    "too_heavy": _("no carrier for this weight"),
    "no_service": _("no carrier to this place"),
    "withheld": _("kept from this channel by a stock rule"),
    "no_stock": _("none in stock"),
    "short_of_stock": _("too few in stock"),
}

_SEARCHES: dict[str, str | Promise] = {
    "single": _("one site"),
    "exact_split": _("the best split"),
    "greedy_split": _("a good split"),
    "none": _("no site"),
}


@dataclass(frozen=True, slots=True)
class Term:
    """One part of a cost: its share of the bar, from where and how wide (0 to 100, as text)."""

    key: str
    name: str
    text: str
    start: str
    width: str


@dataclass(frozen=True, slots=True)
class Cost:
    """A cost and its terms."""

    total: str
    terms: list[Term]


@dataclass(frozen=True, slots=True)
class Choice:
    """A site that was chosen, and for what."""

    site: str
    service: str
    what: str
    cost: Cost


@dataclass(frozen=True, slots=True)
class Rival:
    """A site that could have done everything."""

    site: str
    cost: Cost
    distance: str
    latest: datetime
    chosen: bool


@dataclass(frozen=True, slots=True)
class RuledOut:
    """How many sites one reason ruled out."""

    count: int
    reason: str
    nearest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionCard:
    """A decision ready to be shown."""

    at: datetime
    kind: str
    headline: str
    followed: str
    chosen: list[Choice]
    candidates: list[Rival]
    feasible: int
    eliminations: list[RuledOut]
    flips: list[str]
    shortages: list[str]


@dataclass(frozen=True, slots=True)
class Names:
    """What a decision's codes and ids mean: sites by code, services by code, articles by SKU id."""

    sites: Mapping[str, str]
    services: Mapping[str, str]
    articles: Mapping[int, str]
    currency: str


def cards(decisions: Sequence[DecisionRecord], names: Names) -> list[DecisionCard]:
    """Return the decisions, the latest first."""
    return [_card(item, names) for item in reversed(decisions)]


def sku_ids(decisions: Sequence[DecisionRecord]) -> set[int]:
    """Return the SKUs that decisions speak of."""
    return {
        line["sku_id"]
        for decision in decisions
        for part in (
            *decision.body.get("assignments", ()),
            {"lines": decision.body.get("shortages", ())},
        )
        for line in part["lines"]
    }


def _card(decision: DecisionRecord, names: Names) -> DecisionCard:
    body = decision.body
    chosen = {item["location"] for item in body.get("assignments", ())}
    rivals = body.get("candidates", ())
    dearest = max((item["cost"]["total"] for item in rivals), default=0.0)
    return DecisionCard(
        at=decision.decided_at,
        kind=_kind(decision),
        headline=_headline(decision, names),
        followed=_followed(decision),
        chosen=[_choice(item, names) for item in body.get("assignments", ())],
        candidates=[_rival(item, names, chosen, dearest) for item in rivals],
        feasible=body.get("feasible", 0),
        eliminations=[_ruled_out(item, names) for item in body.get("eliminated", ())],
        flips=[_flip(item, names) for item in body.get("flips", ())],
        shortages=[_shortage(item, names) for item in body.get("shortages", ())],
    )


def _kind(decision: DecisionRecord) -> str:
    words = {
        "placement": gettext("when placed"),
        "resourcing": gettext("sourced again"),
        "reoptimised": gettext("together with other orders"),
    }
    return words[decision.kind]


def _headline(decision: DecisionRecord, names: Names) -> str:
    places = [_site(item["location"], names) for item in decision.body.get("assignments", ())]
    how = str(_SEARCHES.get(str(decision.body.get("search")), ""))
    if not places:
        return gettext("No site could do it")
    return f"{' + '.join(dict.fromkeys(places))} ({how})" if how else " + ".join(places)


def _followed(decision: DecisionRecord) -> str:
    """Return which strategy was followed, and which of its rules held."""
    said = {"strategy": decision.strategy, "version": decision.strategy_version}
    text = gettext("strategy %(strategy)s, version %(version)s") % said
    if not decision.rule:
        return text
    rules = ", ".join(decision.rule.split("+"))
    return gettext("%(strategy)s, rule %(rules)s") % {"strategy": text, "rules": rules}


def _choice(item: Body, names: Names) -> Choice:
    what = ", ".join(
        f"{line['quantity']} {TIMES} {names.articles.get(line['sku_id'], line['sku_id'])}"
        for line in item.get("lines", ())
    )
    service = item.get("service") or ""
    return Choice(
        site=_site(item["location"], names),
        service=names.services.get(service, service),
        what=what,
        cost=_cost(item["cost"], names, item["cost"]["total"]),
    )


def _rival(item: Body, names: Names, chosen: set[str], dearest: float) -> Rival:
    distance = number_format(round(item["distance_km"]), force_grouping=True)
    return Rival(
        site=_site(item["location"], names),
        cost=_cost(item["cost"], names, dearest),
        distance=f"{distance} km",
        latest=datetime.fromisoformat(item["latest"]),
        chosen=chosen == {item["location"]},
    )


def _cost(cost: Body, names: Names, scale: float) -> Cost:
    terms, start = [], 0.0
    for key in _TERMS:
        value = float(cost.get(key, 0))
        if value:
            width = 100 * value / scale if scale else 0.0
            text = wording.cost(value, names.currency)
            terms.append(Term(key, str(_TERM_NAMES[key]), text, f"{start:.2f}", f"{width:.2f}"))
            start += width
    return Cost(wording.cost(float(cost.get("total", 0)), names.currency), terms)


def _ruled_out(item: Body, names: Names) -> RuledOut:
    nearest = ", ".join(_site(example["location"], names) for example in item.get("nearest", ()))
    return RuledOut(item["locations"], str(_REASONS.get(item["reason"], item["reason"])), nearest)


def _units(item: Body) -> int:
    return sum(int(units) for units in item.get("missing", {}).values())


def _by_cost(_item: Body, site: str, saving: str) -> str:
    return gettext("%(site)s, if it were %(saving)s cheaper") % {"site": site, "saving": saving}


def _by_stock(item: Body, site: str, saving: str) -> str:
    units = _units(item)
    text = ngettext(
        "%(site)s, with %(count)d more unit in stock: %(saving)s less",
        "%(site)s, with %(count)d more units in stock: %(saving)s less",
        units,
    )
    return text % {"site": site, "count": units, "saving": saving}


def _by_time(item: Body, site: str, _saving: str) -> str:
    before = item.get("before")
    if not before:
        return site
    moment = datetime.fromisoformat(before)
    return gettext("%(site)s, had it come before %(moment)s") % {
        "site": site,
        "moment": wording.moment(moment, moment),
    }


_FLIPS: dict[str, Callable[[Body, str, str], str]] = {
    "cost": _by_cost,
    "stock": _by_stock,
    "time": _by_time,
}


def _flip(item: Body, names: Names) -> str:
    say = _FLIPS.get(item["kind"], _by_time)
    saving = wording.cost(float(item.get("saving", 0)), names.currency)
    return say(item, _site(item["location"], names), saving)


def _shortage(item: Body, names: Names) -> str:
    values = {
        "article": names.articles.get(item["sku_id"], item["sku_id"]),
        "wanted": item["wanted"],
        "available": item["available"],
    }
    return gettext("%(article)s: wanted %(wanted)d, to be had %(available)d") % values


def _site(code: str, names: Names) -> str:
    return names.sites.get(code, code)
