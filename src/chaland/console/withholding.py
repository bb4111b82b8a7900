"""Why a channel may not sell units, in words: ``3 buffer (rule Christmas toys)``."""

from collections.abc import Iterable

from django.utils.translation import gettext

from chaland.availability.types import RuleKind, Withheld
from chaland.console.shares import WITHHELD, Share
from chaland.network.types import ChannelFacts, NetworkSnapshot


def withheld_shares(
    parts: Iterable[Withheld], network: NetworkSnapshot, channel: ChannelFacts | None
) -> list[Share]:
    """Return what is withheld from *channel* as parts of a sum, each with its reason."""
    name = channel.name if channel else ""
    return [Share(WITHHELD, part.units, _why(part, network, name)) for part in parts]


def _why(part: Withheld, network: NetworkSnapshot, channel: str) -> str:
    """Return a phrase that follows a number of units."""
    if part.why == RuleKind.RING_FENCE:
        owner = network.channels.get(part.for_channel)
        text = gettext("kept for %(channel)s") % {
            "channel": owner.name if owner else part.for_channel
        }
        return _by_rule(text, part)
    texts = {
        "inactive": gettext("at a site that is closed down"),
        "not_in_pool": gettext("not in the stock of %(channel)s"),
        "not_agreed": gettext("that the owner does not sell on %(channel)s"),
        "paused": gettext("at a site that takes no orders now"),
        RuleKind.ACTIVATION: gettext("not opened yet"),
        RuleKind.SWITCH: gettext("switched off"),
        RuleKind.SAFETY_STOCK: gettext("buffer"),
        RuleKind.THRESHOLD: gettext("below the threshold"),
        RuleKind.PERCENTAGE: gettext("kept as a part"),
        RuleKind.LAST_PIECE: gettext("kept as last piece"),
    }
    return _by_rule(texts[part.why] % {"channel": channel}, part)


def _by_rule(text: str, part: Withheld) -> str:
    if not part.name:
        return text
    return gettext("%(what)s (rule %(rule)s)") % {"what": text, "rule": part.name}
