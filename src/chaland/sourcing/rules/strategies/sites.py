"""Which sites a rule means, as a mask over the network."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chaland.network.types import NetworkSnapshot
from chaland.sourcing.types import Sites

Mask = NDArray[np.bool_]
Chances = Callable[[tuple[int, ...]], NDArray[np.float32]]
"""The chance to find a unit of each SKU (row) at each site (column)."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What of an order its sites depend on: where it goes, and which SKUs it asks for."""

    point: tuple[float, float] | None = None
    sku_ids: tuple[int, ...] = ()


def is_near(sites: Sites) -> bool:
    """Tell whether *sites* depend on the order's destination."""
    return sites.within_km is not None


def is_sure(sites: Sites) -> bool:
    """Tell whether *sites* depend on the order's articles."""
    return sites.pickable is not None


def mask_of(
    sites: Sites, network: NetworkSnapshot, around: Surroundings, chances: Chances
) -> Mask | None:
    """Mark the sites that are meant; None when all are. Names that are none mean no site."""
    mask = lasting_mask(sites, network)
    if sites.within_km is not None and around.point is not None:
        near = network.distances_km(*around.point) <= sites.within_km
        mask = near if mask is None else mask & near
    if sites.pickable is not None and around.sku_ids:
        sure = chances(around.sku_ids).mean(axis=0) >= float(sites.pickable)
        mask = sure if mask is None else mask & sure
    return mask


def lasting_mask(sites: Sites, network: NetworkSnapshot) -> Mask | None:
    """Mark the sites that are meant whatever the order; None when all are."""
    masks = []
    if sites.location_groups or sites.locations:
        masks.append(_named(sites, network))
    for wanted, attribute in (
        (frozenset(sites.kinds), "kind"),
        (frozenset(sites.countries), "country"),
        (frozenset(sites.organisations), "organisation"),
    ):
        if wanted:
            masks.append(_having(wanted, attribute, network))
    if sites.organisation_kinds:
        kinds = frozenset(sites.organisation_kinds)
        owners = np.array([item.kind in kinds for item in network.organisations], np.bool_)
        masks.append(owners[network.organisation_index])
    return np.logical_and.reduce(masks) if masks else None


def _named(sites: Sites, network: NetworkSnapshot) -> Mask:
    named = np.zeros(len(network), np.bool_)
    for code in sites.location_groups:
        if code in network.group_masks:
            named |= network.group_masks[code]
    for code in sites.locations:
        if code in network.by_code:
            named[network.by_code[code]] = True
    return named


def _having(wanted: frozenset[str], attribute: str, network: NetworkSnapshot) -> Mask:
    return np.array([getattr(item, attribute) in wanted for item in network.locations], np.bool_)
