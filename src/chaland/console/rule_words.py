"""Stock rules in plain language: ``Web: keep 2 of each article tagged toy in Shops of Lyon``."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from chaland.availability.types import RuleKind, RuleNote, RuleScope, StockRule
from chaland.network.types import NetworkSnapshot

NAMED = 3
"""So many names are said in full; of more, the rest is counted."""

KINDS: dict[RuleKind, str | Promise] = {
    RuleKind.SAFETY_STOCK: _("Safety stock"),
    RuleKind.LAST_PIECE: _("Last piece"),
    RuleKind.THRESHOLD: _("Threshold"),
    RuleKind.PERCENTAGE: _("Percentage"),
    RuleKind.RING_FENCE: _("Ring-fence"),
    RuleKind.SWITCH: _("Switch"),
    RuleKind.ACTIVATION: _("Activation"),
}
"""In the order in which they are shown."""

KIND_HELP: dict[RuleKind, str | Promise] = {
    RuleKind.SAFETY_STOCK: _("Some units stay at each site, whatever is ordered."),
    RuleKind.LAST_PIECE: _("The last unit stays in the shop, for whoever walks in."),
    RuleKind.THRESHOLD: _("Nothing is sold from a site while fewer units are there."),
    RuleKind.PERCENTAGE: _("A part of what is there stays."),
    RuleKind.RING_FENCE: _("Units that one channel alone may sell."),
    RuleKind.SWITCH: _("Sale is off, or on in spite of a later rule."),
    RuleKind.ACTIVATION: _("Nothing is sold before a moment, or until further notice."),
}

METHODS: dict[str, str | Promise] = {"ship": _("by parcel"), "pickup": _("for pickup")}


@dataclass(frozen=True, slots=True)
class Names:
    """What codes are called: SKUs, and everything of the network."""

    network: NetworkSnapshot
    skus: Mapping[str, str]

    def channels(self, codes: Sequence[str]) -> list[str]:
        """Return the names of channels."""
        known = self.network.channels
        return [known[code].name if code in known else code for code in codes]

    def places(self, scope: RuleScope) -> list[str]:
        """Return the names of a scope's groups and locations."""
        groups, network = self.network.groups, self.network
        named = [groups[code].name if code in groups else code for code in scope.location_groups]
        for code in scope.locations:
            place = network.location(code)
            named.append(place.name if place else code)
        return named


def sentence(rule: StockRule, names: Names) -> str:
    """Return the rule as one sentence, its dates apart."""
    what, where = _what(rule, names), _where(rule, names)
    text = _deed(rule) % {
        "what": what,
        "where": where,
        "units": rule.units or 0,
        "percent": rule.percent or 0,
        "when": _when(rule),
    }
    ways = listed([str(METHODS[method]) for method in rule.scope.methods])
    if ways:
        text = gettext("%(sentence)s, %(ways)s only") % {"sentence": text, "ways": ways}
    return gettext("%(channels)s: %(sentence)s") % {
        "channels": _who(rule, names),
        "sentence": text,
    }


def period(rule: StockRule) -> str:
    """Return from when until when the rule holds; empty for always."""
    start = rule.starts_at and date_format(timezone.localtime(rule.starts_at), "j F Y")
    end = rule.ends_at and date_format(timezone.localtime(rule.ends_at), "j F Y")
    if start and end:
        return gettext("from %(start)s until %(end)s") % {"start": start, "end": end}
    if start:
        return gettext("from %(start)s on") % {"start": start}
    return gettext("until %(end)s") % {"end": end} if end else ""


def note(item: RuleNote, rule_names: Mapping[str, str]) -> str:
    """Return what the author of a rule should know; *rule_names* names rules by code."""
    if item.code == "shadowed":
        others = listed([quoted(rule_names.get(code, code)) for code in item.by])
        return gettext("It never decides: %(rules)s comes first wherever it would.") % {
            "rules": others
        }
    if item.code == "ended":
        return gettext("Its time is over.")
    if item.message.startswith("no SKU"):
        return gettext("No article is in its scope: it holds back nothing.")
    return gettext("No site is in its scope: it holds back nothing.")


def quoted(text: str) -> str:
    """Return the text in the quotation marks of the reader's language."""
    return gettext("“%(text)s”") % {"text": text}


def listed(items: Sequence[str]) -> str:
    """Return ``a``, ``a and b``, ``a, b and c``; the rest is counted: ``a, b, c and 4 more``."""
    shown = list(items[:NAMED])
    if more := len(items) - len(shown):
        rest = ngettext("%(count)d more", "%(count)d more", more) % {"count": more}
        shown.append(rest)
    if len(shown) < 2:  # noqa: PLR2004 - one needs no "and"
        return "".join(shown)
    return gettext("%(first)s and %(last)s") % {"first": ", ".join(shown[:-1]), "last": shown[-1]}


def _deed(rule: StockRule) -> str:
    share = rule.percent is not None
    switched = {
        True: gettext("sell %(what)s %(where)s, whatever a later rule says"),
        False: gettext("do not sell %(what)s %(where)s"),
    }
    texts = {
        RuleKind.RING_FENCE: gettext("alone may sell %(percent)d %% of %(what)s %(where)s")
        if share
        else gettext("alone may sell %(units)d of %(what)s %(where)s"),
        RuleKind.SWITCH: switched[bool(rule.on)],
        RuleKind.ACTIVATION: gettext("sell %(what)s %(where)s from %(when)s on")
        if rule.opens_at
        else gettext("do not sell %(what)s %(where)s yet"),
        RuleKind.SAFETY_STOCK: gettext("keep %(units)d of %(what)s %(where)s"),
        RuleKind.THRESHOLD: gettext(
            "sell %(what)s %(where)s only while at least %(units)d are there"
        ),
        RuleKind.PERCENTAGE: gettext("keep %(percent)d %% of %(what)s %(where)s"),
        RuleKind.LAST_PIECE: gettext("keep the last piece of %(what)s %(where)s"),
    }
    return texts[rule.kind]


def _who(rule: StockRule, names: Names) -> str:
    channels = names.channels(rule.scope.channels)
    return listed(channels) if channels else gettext("Every channel")


def _what(rule: StockRule, names: Names) -> str:
    scope = rule.scope
    parts = []
    if scope.skus:
        parts.append(listed([names.skus.get(code, code) for code in scope.skus]))
    elif rule.kind in {RuleKind.SWITCH, RuleKind.ACTIVATION, RuleKind.THRESHOLD}:
        parts.append(gettext("articles"))
    else:
        parts.append(gettext("each article"))
    if scope.categories:
        parts.append(gettext("of %(categories)s") % {"categories": listed(scope.categories)})
    if scope.tags:
        tags = listed([quoted(tag) for tag in scope.tags])
        parts.append(gettext("tagged %(tags)s") % {"tags": tags})
    return " ".join(parts)


def _where(rule: StockRule, names: Names) -> str:
    places = names.places(rule.scope)
    if places:
        return gettext("at %(places)s") % {"places": listed(places)}
    if rule.kind is RuleKind.LAST_PIECE:
        return gettext("in every shop")
    return gettext("at every site")


def _when(rule: StockRule) -> str:
    if rule.opens_at is None:
        return ""
    return date_format(timezone.localtime(rule.opens_at), "j F Y, H:i")
