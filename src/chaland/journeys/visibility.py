"""What an actor may see: everything, or what concerns its organisations' locations."""

from chaland.kernel.actor import Actor
from chaland.kernel.errors import DomainError
from chaland.network.types import LocationFacts, NetworkSnapshot


def is_restricted(actor: Actor) -> bool:
    """Tell whether the actor may see a part of the network only."""
    return actor.organisations is not None or actor.locations is not None


def location_of(network: NetworkSnapshot, location_id: int) -> LocationFacts:
    """Return the location with this id; every id in our tables has one."""
    return network.locations[network.index_of[location_id]]


def may_see(actor: Actor, location: LocationFacts) -> bool:
    """Tell whether the actor may see and work at a location."""
    return actor.may_see_location(organisation=location.organisation, location=location.code)


def visible_location_ids(actor: Actor, network: NetworkSnapshot) -> list[int] | None:
    """Return the ids of the locations that the actor may see; None means all of them."""
    if not is_restricted(actor):
        return None
    return [location.id for location in network.locations if may_see(actor, location)]


def beyond_your_part() -> DomainError:
    """Make the refusal of a change that also concerns sites the actor has nothing to do with."""
    return DomainError(
        code="beyond_your_sites",
        message="Other organisations' sites serve this order too: you may not change all of it.",
        status=403,
        fix="Refuse or cancel your own fulfilment orders, or ask the retailer.",
    )
