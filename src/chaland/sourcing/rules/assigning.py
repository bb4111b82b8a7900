"""From parcels to assignments: which lines each location serves, in which window, at which cost."""

from collections.abc import Sequence

from chaland.sourcing.rules.items import Portioner, load_of
from chaland.sourcing.rules.lanes import Priced
from chaland.sourcing.rules.splits import Parcel, Plan
from chaland.sourcing.rules.units import unit_terms
from chaland.sourcing.types import Assignment, Candidate, CostTerms, Portion

NO_COST = CostTerms()


def assigned(
    priced: Priced, plan: Plan, candidates: Sequence[Candidate]
) -> tuple[tuple[Assignment, ...], CostTerms]:
    """Return one assignment per location and service of *plan*, and what they cost together.

    *candidates* are the single locations that could serve everything, the cheapest first.
    """
    if plan.single:
        alone = _whole(priced, plan.parcels[0], candidates[0])
        return (alone,), alone.cost
    portioner = Portioner(priced.entry.demand.lines, priced.entry.items)
    gathered: dict[tuple[int, int, int | None], list[Parcel]] = {}
    for number, parcel in enumerate(plan.parcels):
        # What ships alone is a work of its own at the site; the rest is packed together.
        own = number if _is_alone(priced, parcel) else None
        gathered.setdefault((parcel.location, parcel.place, own), []).append(parcel)
    assignments = tuple(_part(priced, parcels, portioner) for parcels in gathered.values())
    extra = priced.rates.handling.extra_parcel * (len(plan.parcels) - 1)
    return assignments, _sum([item.cost for item in assignments], extra)


def _is_alone(priced: Priced, parcel: Parcel) -> bool:
    lines = priced.entry.demand.lines
    return any(item.bound and lines[item.line].ships_alone for item in parcel.items)


def _whole(priced: Priced, parcel: Parcel, chosen: Candidate) -> Assignment:
    """Return the assignment of everything to the cheapest candidate."""
    entry, rates, location = priced.entry, priced.rates, parcel.location
    portions = [
        Portion(number, line.sku_id, line.quantity)
        for number, line in enumerate(entry.demand.lines)
    ]
    return Assignment(
        rates.handling.ids[location],
        location,
        chosen.location_code,
        tuple(portions),
        chosen.service_code,
        rates.window(entry.row, location, parcel.place),
        chosen.cost,
        chosen.distance_km,
        entry.load.grams,
    )


def _part(priced: Priced, parcels: Sequence[Parcel], portioner: Portioner) -> Assignment:
    portions: list[Portion] = []
    for parcel in parcels:
        for item in parcel.items:
            portions += portioner.take(item)
    cost = _sum([_terms(priced, parcel) for parcel in parcels], 0)
    return _assignment(priced, parcels[0], tuple(portions), cost)


def _terms(priced: Priced, parcel: Parcel) -> CostTerms:
    load = load_of(parcel.items, priced.entry.load.promised)
    units = unit_terms(priced.rates.units, parcel.items, parcel.location)
    return priced.rates.terms(
        priced.entry.row, parcel.location, parcel.place, load, parcel.cost, units
    )


def _assignment(
    priced: Priced,
    parcel: Parcel,
    portions: tuple[Portion, ...],
    cost: CostTerms,
) -> Assignment:
    rates = priced.rates
    location = parcel.location
    lines = priced.entry.demand.lines
    return Assignment(
        location_id=rates.handling.ids[location],
        location_index=location,
        location_code=rates.handling.codes[location],
        portions=portions,
        service_code=rates.services[parcel.place].code,
        window=rates.window(priced.entry.row, location, parcel.place),
        cost=cost,
        distance_km=rates.distance_km(priced.entry.row, location),
        weight_grams=sum([item.quantity * lines[item.line].weight_grams for item in portions]),
    )


def _sum(terms: Sequence[CostTerms], extra: int) -> CostTerms:
    total = CostTerms(*(sum(values) for values in zip(*terms, strict=True)))
    return total._replace(parcels=total.parcels + extra)
