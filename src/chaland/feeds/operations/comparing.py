"""An external count is compared with stock, chunk by chunk."""

from chaland.catalog.queries import sku_facts_by_id
from chaland.feeds.models import Difference, Run
from chaland.feeds.operations.intake import knowledge_of
from chaland.inventory.operations import compare_counts
from chaland.inventory.types import Chunk, Compared


def compare(run: Run, chunk: Chunk) -> None:
    """Note where a chunk of an external count differs, and add to what is said in all."""
    compared = compare_counts(
        lines=run.number, chunk=chunk, as_of=run.as_of, knowledge=knowledge_of(run)
    )
    costs = sku_facts_by_id({item.sku_id for item in compared.differences})
    Difference.objects.bulk_create(
        [
            Difference(
                run=run,
                sku_id=item.sku_id,
                location_id=item.location_id,
                as_of=item.as_of,
                mentioned=item.mentioned,
                ours=item.ours,
                theirs=item.theirs,
                in_flight=item.in_flight,
                unacknowledged=item.unacknowledged,
                unexplained=item.unexplained,
                unit_cost=costs[item.sku_id].unit_cost,
            )
            for item in compared.differences
        ],
        batch_size=2_000,
    )
    _summarise(run, compared, {key: facts.unit_cost for key, facts in costs.items()})


def _summarise(run: Run, compared: Compared, costs: "dict[int, object]") -> None:
    """Add a chunk to what a comparison says in all."""
    found = compared.differences
    values = [
        abs(item.unexplained) * float(str(cost))
        for item in found
        if (cost := costs.get(item.sku_id)) is not None
    ]
    more = {
        "positions": compared.positions,
        "ours": compared.ours,
        "theirs": compared.theirs,
        "differing": len(found),
        "unexplained_positions": sum(1 for item in found if item.unexplained),
        "in_flight_units": sum(item.in_flight for item in found),
        "unacknowledged_units": sum(item.unacknowledged for item in found),
        "unexplained_units": sum(abs(item.unexplained) for item in found),
        "unexplained_net_units": sum(item.unexplained for item in found),
        "unexplained_value": round(sum(values), 2),
    }
    before = run.summary
    run.summary = {
        name: round(float(before.get(name, 0)) + value, 2)
        if name.endswith("value")
        else int(before.get(name, 0)) + int(value)
        for name, value in more.items()
    }
    run.unchanged += compared.positions - len(found)
