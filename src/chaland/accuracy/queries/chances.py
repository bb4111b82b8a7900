"""The chance to find a unit, for many SKUs at every location, and why it is what it is."""

import threading
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import numpy as np
import numpy.typing as npt
from django.db import connection

from chaland.accuracy import sql
from chaland.accuracy.queries.lens import Lens, lens
from chaland.accuracy.rules.chances import chances, expected_units, facts
from chaland.accuracy.rules.evidence import MEMORY_DAYS
from chaland.accuracy.types.chances import PickableExplanation
from chaland.catalog.queries import sku_facts, sku_profiles
from chaland.catalog.types import SkuFacts
from chaland.database import statements
from chaland.database.revision import read_revisions
from chaland.inventory.arrays import decode_int4_array
from chaland.inventory.queries import positions
from chaland.kernel.errors import NotFoundError
from chaland.network.types import LocationFacts, NetworkSnapshot

Chances = npt.NDArray[np.float32]

_MOST_CELLS = 32_000_000  # 128 MB
_MOST_LINES = 100_000
_MILLION = 1_000_000


class _Memory:
    """Chances of the SKUs asked for so far, by location; what is new is read before each use."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._for: object = None
        self._lens: Lens | None = None
        self._forget()

    def read(
        self, sku_ids: npt.NDArray[np.int32], network: NetworkSnapshot, known: object
    ) -> Chances:
        """Return a row per SKU; *known* is what the memory holds for, anything else is stale."""
        with self._lock:
            if self._for != known:
                self._forget()
                self._lens, self._for = lens(network), known
            missing = [sku for sku in sku_ids.tolist() if sku not in self._row_of]
            if (len(self._row_of) + len(missing)) * max(len(network), 1) > _MOST_CELLS:
                self._forget()
                self._for = known
                missing = sku_ids.tolist()
            self._refresh(missing, network)
            rows = np.fromiter((self._row_of[sku] for sku in sku_ids.tolist()), np.intp)
            return np.take(self._cells, rows, axis=0)

    def _forget(self) -> None:
        self._for = None
        self._seen = ""
        self._row_of: dict[int, int] = {}
        self._cells: Chances = np.zeros((0, 0), np.float32)

    def _refresh(self, missing: list[int], network: NetworkSnapshot) -> None:
        for again in (False, True):
            row = statements.fetch_one(
                sql.load("refresh_chances"),
                {"seen": self._seen or _NOW_AND_LATER, "missing": missing, "most": _MOST_LINES},
                prepare=True,
                binary=True,
            )
            assert row is not None  # noqa: S101 - aggregates without GROUP BY give exactly one row
            seen, lines, *arrays = row
            if again or lines <= _MOST_LINES:
                break
            missing = sorted({*missing, *self._row_of})  # too much is new: read everything again
            self._row_of, self._seen = {}, ""
        changed, whole = arrays[:3], arrays[3:]
        self._make_room(missing, network)
        self._keep(changed, network)
        self._keep(whole, network)
        self._seen = seen

    def _make_room(self, missing: list[int], network: NetworkSnapshot) -> None:
        if not missing:
            return
        needed = len(self._row_of) + len(missing)
        if needed > len(self._cells) or self._cells.shape[1] != len(network):
            grown = np.zeros((max(needed, 2 * len(self._cells)), len(network)), np.float32)
            kept = len(self._row_of)
            if kept:
                grown[:kept] = self._cells[:kept]
            self._cells = grown
        assert self._lens is not None  # noqa: S101 - set before anything is read
        profiles = sku_profiles(missing)
        for sku in missing:
            self._row_of[sku] = row = len(self._row_of)
            category = profiles[sku].category if sku in profiles else ""
            self._cells[row] = self._lens.base(category)

    def _keep(self, arrays: Sequence[bytes | None], network: NetworkSnapshot) -> None:
        skus, locations, chance = (decode_int4_array(data) for data in arrays)
        if not len(skus):
            return
        rows = np.fromiter((self._row_of.get(sku, -1) for sku in skus.tolist()), np.intp)
        inside = (rows >= 0) & (locations < len(network.index_of_id))
        columns = network.index_of_id[np.where(inside, locations, 0)]
        inside &= columns >= 0
        self._cells[rows[inside], columns[inside]] = chance[inside] / _MILLION


_ONE = """(
    SELECT * FROM accuracy_evidence WHERE sku_id = %(sku)s AND location_id = %(location)s
)"""
_NOW_AND_LATER = "9000000000000000000:9000000000000000000:"
_memories: dict[tuple[object, ...], _Memory] = {}


def pickable(sku_ids: Sequence[int], network: NetworkSnapshot) -> Chances:
    """Return the chance that a unit said to be there can be picked: a row per SKU, in order.

    Columns are the network's locations. A shelf of which nothing is known has the chance that was
    learned for its location and category, or the retailer's prior. Kept in memory; costs two small
    queries, and a look at what is new. What a picker or a counter tells is in it as soon as the
    worker has read the ledger, which it does every second.
    """
    unique, order = np.unique(np.asarray(sku_ids, np.int32), return_inverse=True)
    settings = connection.settings_dict
    revisions = read_revisions()
    known = (network.revision, revisions.get("accuracy", 0), revisions.get("catalog", 0))
    memory = _memories.setdefault((settings["NAME"], settings["HOST"], settings["PORT"]), _Memory())
    return memory.read(unique, network, known)[order]


def expected_pickable_units(
    sku_ids: Sequence[int], available: npt.NDArray[np.int32], network: NetworkSnapshot
) -> npt.NDArray[np.float32]:
    """Return how many of the *available* units (a row per SKU) can be expected to be there.

    Never more than are available. The first unit counts with its chance, each further one with the
    learned chance that there is one more.
    """
    chance = pickable(sku_ids, network).astype(np.float64)
    model = lens(network).model([])
    return expected_units(model, chance, available.astype(np.float64)).astype(np.float32)


def explain_pickable(
    sku: str, location: LocationFacts, network: NetworkSnapshot, *, now: datetime
) -> PickableExplanation:
    """Return the chance to find a unit at a location now, and the facts that raise or lower it.

    Worked out from what the worker has read of the ledger. Raises NotFoundError for an unknown SKU.
    """
    facts_of_sku = sku_facts([sku]).get(sku)
    if facts_of_sku is None:
        raise NotFoundError("SKU", sku)
    view = lens(network)
    rows = known_rows(_ONE, now=now, sku=facts_of_sku.id, location=location.id)
    if not rows:
        return _unknown(facts_of_sku, location, view)
    known, model = view.evidence(rows)
    chance, row = chances(model, known), rows[0]
    available = np.array([row["available"]], np.float64)
    return PickableExplanation(
        sku=sku,
        location=location.code,
        pickable=float(chance[0]),
        quantity=int(row["quantity"]),
        expected_units=float(expected_units(model, chance, available)[0]),
        known=True,
        model_version=view.version,
        facts=facts(model, known),
        details={
            "counted_at": row["counted_at"],
            "missed_at": row["missed_at"],
            "last_out_at": row["last_out_at"],
            "missed": row["missed"],
            "found": row["found"],
            "sold": row["sold"],
            "received": row["received"],
            "sells_a_week": round(float(known.rate[0]) * 7, 2),
            "age_days": round(float(known.age[0]), 1),
        },
    )


def _unknown(sku: SkuFacts, location: LocationFacts, view: Lens) -> PickableExplanation:
    """Return what is believed of a shelf of which the ledger tells nothing."""
    held = positions(sku_ids=[sku.id], location_ids=[location.id], limit=1)
    units = np.array([held[0].available if held else 0], np.float64)
    category = sku_profiles([sku.id])[sku.id].category
    chance = view.base(category)[[location.index]]
    return PickableExplanation(
        sku=sku.code,
        location=location.code,
        pickable=float(chance[0]),
        quantity=int(units[0]),
        expected_units=float(expected_units(view.model([category]), chance, units)[0]),
        known=False,
        model_version=view.version,
        facts=(),
        details={},
    )


def known_rows(positions: str, *, now: datetime, **params: Any) -> list[dict[str, Any]]:
    """Return what is known now of some *positions*: a query, ours, of rows of evidence."""
    lines = sql.load("known").splitlines()
    statement = "\n".join(line for line in lines if not line.startswith("--"))
    statement = statement.replace("{positions}", positions).replace(
        "{memory_days}", str(MEMORY_DAYS)
    )
    return statements.fetch_dicts(statement, {"now": now, **params}, binary=True)
