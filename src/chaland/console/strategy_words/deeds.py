"""What a rule says: ``first shops of Paris within 50 km, then warehouses``."""

from collections.abc import Sequence

from django.utils.formats import number_format
from django.utils.translation import gettext, ngettext

from chaland.console import wording
from chaland.console.rule_words import listed
from chaland.console.strategy_words.names import Names, number
from chaland.console.strategy_words.tables import LOCATION_KINDS, NOTHING_FITS, OWNER_KINDS, WEIGHTS
from chaland.sourcing.types import (
    Circle,
    Fairness,
    NothingFits,
    Preference,
    Rule,
    Sites,
    SplitLimits,
)


def then_lines(rule: Rule, names: Names) -> list[str]:
    """Return what a rule says, a line each."""
    lines = []
    if rule.circles:
        lines.append(circles_text(rule.circles, names))
    lines += [preference_text(item, names) for item in rule.preferences]
    if rule.fairness is not None:
        lines.append(fairness_text(rule.fairness, names))
    if rule.split is not None:
        lines.append(split_text(rule.split))
    for name, value in rule.weights.items():
        title = WEIGHTS[name][0] if name in WEIGHTS else name
        lines.append(
            gettext("%(weight)s counts %(value)s") % {"weight": title, "value": number(value)}
        )
    if rule.nothing_fits is not None:
        lines.append(
            gettext("when nothing fits: %(deed)s") % {"deed": nothing_text(rule.nothing_fits)}
        )
    if not lines:
        lines.append(gettext("any site, as the strategy says"))
    return lines


def circles_text(circles: Sequence[Circle], names: Names) -> str:
    """Return where to look: ``first shops of Paris within 50 km, then warehouses``."""
    texts = [circle_text(circle, names) for circle in circles]
    if len(texts) == 1:
        return gettext("only %(sites)s") % {"sites": texts[0]}
    first = gettext("first %(sites)s") % {"sites": texts[0]}
    rest = [gettext("then %(sites)s") % {"sites": text} for text in texts[1:]]
    return ", ".join([first, *rest])


def circle_text(circle: Circle, names: Names) -> str:
    """Return one circle, with the services to use."""
    text = sites_text(circle.sites, names)
    if circle.services:
        services = listed(names.service_names(circle.services))
        return gettext("%(sites)s by %(services)s") % {"sites": text, "services": services}
    return text


def sites_text(sites: Sites, names: Names) -> str:
    """Return which sites: ``shops of Paris owned by franchisees within 50 km``."""
    kinds = listed([str(LOCATION_KINDS[kind]) for kind in sites.kinds])
    text = kinds or gettext("sites")
    if places := names.places(sites):
        text = (
            gettext("%(kinds)s of %(places)s") % {"kinds": kinds, "places": listed(places)}
            if kinds
            else listed(places)
        )
    elif not _says_more(sites) and not kinds:
        return gettext("any site")
    owners = [*names.owners(sites.organisations), *(str(OWNER_KINDS[k]) for k in _kinds(sites))]
    if owners:
        text = gettext("%(sites)s owned by %(owners)s") % {"sites": text, "owners": listed(owners)}
    if sites.countries:
        countries = listed([wording.country(code) for code in sites.countries])
        text = gettext("%(sites)s in %(countries)s") % {"sites": text, "countries": countries}
    if sites.within_km is not None:
        text = gettext("%(sites)s within %(km)s km") % {
            "sites": text,
            "km": number_format(sites.within_km, force_grouping=True),
        }
    if sites.pickable is not None:
        text = gettext("%(sites)s where goods are found in %(percent)s %% of cases") % {
            "sites": text,
            "percent": number(sites.pickable * 100),
        }
    return text


def preference_text(preference: Preference, names: Names) -> str:
    """Return what is preferred or avoided, and by how much."""
    values = {
        "sites": sites_text(preference.sites, names),
        "amount": number(abs(preference.amount)),
    }
    if preference.amount < 0:
        return gettext("prefer %(sites)s by %(amount)s a parcel") % values
    return gettext("avoid %(sites)s by %(amount)s a parcel") % values


def fairness_text(fairness: Fairness, names: Names) -> str:
    """Return how work is shared among owners."""
    text = ngettext(
        "share the work of the last %(days)d day fairly, by up to %(amount)s a parcel",
        "share the work of the last %(days)d days fairly, by up to %(amount)s a parcel",
        fairness.days,
    ) % {"days": fairness.days, "amount": number(fairness.amount)}
    if not fairness.targets:
        return text
    targets = [
        f"{name} {number(share)} %"
        for name, share in zip(
            names.owners(list(fairness.targets)), fairness.targets.values(), strict=True
        )
    ]
    return f"{text} ({listed(targets)})"


def split_text(split: SplitLimits) -> str:
    """Return into how much an order may be divided."""
    if split.parcels is None:
        text = gettext("any number of parcels")
    elif split.parcels == 1:
        text = gettext("all in one parcel")
    else:
        text = ngettext("at most %(count)d parcel", "at most %(count)d parcels", split.parcels) % {
            "count": split.parcels
        }
    if split.divide_lines or split.parcels == 1:
        return text
    return gettext("%(parcels)s, no line divided") % {"parcels": text}


def nothing_text(choice: NothingFits) -> str:
    """Return what happens when nothing fits."""
    return str(NOTHING_FITS[choice.value])


def _says_more(sites: Sites) -> bool:
    return bool(
        sites.organisations
        or sites.organisation_kinds
        or sites.countries
        or sites.within_km is not None
        or sites.pickable is not None
    )


def _kinds(sites: Sites) -> list[str]:
    return [kind.value for kind in sites.organisation_kinds]
