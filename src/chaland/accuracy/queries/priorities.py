"""What a location should count next."""

from datetime import datetime

import numpy as np

from chaland.accuracy import sql
from chaland.accuracy.queries.lens import lens
from chaland.accuracy.rules.chances import chances
from chaland.accuracy.rules.evidence import MEMORY_DAYS
from chaland.accuracy.rules.priorities import reasons, values
from chaland.accuracy.types import Suggestion
from chaland.database.statements import fetch_dicts
from chaland.network.types import NetworkSnapshot


def what_to_count(
    location_id: int, network: NetworkSnapshot, *, now: datetime, limit: int = 50, skip: int = 0
) -> list[Suggestion]:
    """Return the positions of a location that are worth most to count, behind the first *skip*.

    What is on the list of a count that is not over is left out. Ties are in the order of codes.
    """
    statement = sql.load("candidates").replace("{memory_days}", str(MEMORY_DAYS))
    rows = fetch_dicts(statement, {"location": location_id, "now": now})
    if not rows:
        return []
    rows.sort(key=lambda row: row["sku"])
    known, model = lens(network).evidence(rows)
    chance = chances(model, known)
    cost = np.array(
        [float("nan") if row["unit_cost"] is None else row["unit_cost"] for row in rows]
    )
    worth = values(chance, known, cost.astype(np.float64))
    best = np.argsort(-worth, kind="stable")[skip : skip + limit]
    return [
        Suggestion(
            sku_id=rows[place]["sku_id"],
            sku=rows[place]["sku"],
            location_id=location_id,
            value=round(float(worth[place]), 2),
            pickable=round(float(chance[place]), 4),
            quantity=rows[place]["quantity"],
            sells_a_week=round(float(known.rate[place]) * 7, 2),
            reasons=reasons(float(chance[place]), known, place, float(worth[place])),
        )
        for place in best.tolist()
    ]
