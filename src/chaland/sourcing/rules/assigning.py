"""From parcels to assignments: which lines each location serves, in which window, at which cost."""

from collections.abc import Sequence

from chaland.sourcing.rules.items import Portioner, load_of
from chaland.sourcing.rules.lanes import Priced
from chaland.sourcing.rules.splits import Parcel, Plan
from chaland.sourcing.types import Assignment, CostTerms, Portion

NO_COST = CostTerms(0, 0, 0, 0)


def assigned(priced: Priced, plan: Plan) -> tuple[tuple[Assignment, ...], CostTerms]:
    """Return one assignment per location and service of *plan*, and what they cost together."""
    if len(plan.parcels) == 1:
        alone = _whole(priced, plan.parcels[0])
        return (alone,), alone.cost
    portioner = Portioner(priced.entry.demand.lines)
    gathered: dict[tuple[int, int], list[Parcel]] = {}
    for parcel in plan.parcels:
        gathered.setdefault((parcel.location, parcel.place), []).append(parcel)
    assignments = tuple(_part(priced, parcels, portioner) for parcels in gathered.values())
    extra = priced.rates.handling.extra_parcel * (len(plan.parcels) - 1)
    return assignments, _sum([item.cost for item in assignments], extra)


def _whole(priced: Priced, parcel: Parcel) -> Assignment:
    """Return the assignment of one parcel; the common case of whole lines takes no counting."""
    lines = priced.entry.demand.lines
    if parcel.items == tuple(priced.entry.items) and len(lines) == len(parcel.items):
        portions = tuple(
            Portion(number, line.sku_id, line.quantity) for number, line in enumerate(lines)
        )
        return _assignment(priced, parcel, portions, _terms(priced, parcel))
    return _part(priced, [parcel], Portioner(lines))


def _part(priced: Priced, parcels: Sequence[Parcel], portioner: Portioner) -> Assignment:
    portions: list[Portion] = []
    for parcel in parcels:
        for item in parcel.items:
            portions += portioner.take(item.sku_id, item.quantity)
    cost = _sum([_terms(priced, parcel) for parcel in parcels], 0)
    return _assignment(priced, parcels[0], tuple(portions), cost)


def _terms(priced: Priced, parcel: Parcel) -> CostTerms:
    load = load_of(parcel.items, priced.entry.load.promised)
    return priced.rates.terms(priced.entry.row, parcel.location, parcel.place, load, parcel.cost)


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
    return CostTerms(
        sum(item.freight for item in terms),
        sum(item.handling for item in terms),
        sum(item.delay for item in terms),
        sum(item.parcels for item in terms) + extra,
    )
