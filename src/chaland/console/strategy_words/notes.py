"""What is said about strategies: findings, pilots, what differs."""

from collections.abc import Mapping

from django.utils.translation import gettext

from chaland.console.rule_words import listed, quoted
from chaland.console.strategy_words.names import Names
from chaland.console.strategy_words.tables import FIELDS, WEIGHTS
from chaland.sourcing.types import (
    Finding,
    Pilot,
    Sites,
)


def pilot_text(pilot: Pilot, names: Names) -> str:
    """Return which orders a pilot takes."""
    parts = []
    if pilot.share is not None:
        parts.append(gettext("%(share)d %% of the orders") % {"share": pilot.share})
    if pilot.channels:
        parts.append(
            gettext("from %(channels)s") % {"channels": listed(names.channels(pilot.channels))}
        )
    if pilot.postal_prefixes:
        parts.append(
            gettext("to postal codes %(codes)s…") % {"codes": "…, ".join(pilot.postal_prefixes)}
        )
    if pilot.location_groups:
        places = names.places(Sites(location_groups=pilot.location_groups))
        parts.append(gettext("nearest to %(places)s") % {"places": listed(places)})
    return ", ".join(parts)


def finding_text(finding: Finding, rule_names: Mapping[str, str]) -> str:
    """Return a finding in the reader's words: what it is and what to do."""
    named = listed([quoted(rule_names.get(code, code)) for code in finding.by])
    texts = {
        "unknown_reference": gettext("%(names)s does not exist: correct it or take it out."),
        "dead_rule": gettext("It is never reached: %(names)s decides all of its orders first."),
        "contradiction": gettext("Its conditions contradict each other: no order can fit them."),
        "ended": gettext("Its time is over."),
        "empty_circle": gettext("No active site that can do this work is in one of its circles."),
        "outside_pool": gettext("No site in one of its circles may sell for %(names)s."),
        "dead_circle": gettext(
            "All sites of one of its circles are in an earlier one: put the smaller one first."
        ),
        "pays_to_split": gettext(
            "It prefers sites by more than a further parcel costs:"
            " orders may be divided to earn that."
        ),
        "costs_ignored": gettext("Neither carriage nor handling counts."),
        "says_nothing": gettext("It says nothing and leaves the decision to later rules."),
        "never_matched": gettext("None of last month's orders would have met it."),
    }
    return texts[finding.code] % {"names": named}


def field_name(path: str) -> str:
    """Return what a field of a comparison is called."""
    if path.startswith("weights."):
        name = path.removeprefix("weights.")
        return str(WEIGHTS[name][0]) if name in WEIGHTS else name
    if path.startswith("when."):
        return gettext("Conditions")
    return str(FIELDS.get(path, path))
