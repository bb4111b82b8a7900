"""The proof that stock tells the truth, on a live database."""

from collections.abc import Sequence

import orjson

from chaland.database import statements
from chaland.inventory import sql
from chaland.inventory.types import Break, Check, CheckResult, VerificationReport

MOST_EXAMPLES = 20

_POSITION = "inventory_position"
_RESERVATION = "inventory_reservation"
_MOVEMENT = "inventory_movement"
_HOLD = "inventory_hold"
_QUOTA = "inventory_quota"
_LOT = "inventory_lot"
_SUPPLY = "inventory_supply"

# Name, meaning, table; the statement is sql/verify/<name>.sql.
_CHECKS = (
    ("position_sums", "a position is the sum of its movements", _POSITION),
    ("reserved_sums", "reserved units are those of open reservations and holds", _POSITION),
    ("position_limits", "nothing is below zero or promised twice", _POSITION),
    ("reservation_history", "the ledger tells each reservation's whole life", _RESERVATION),
    ("reservation_units", "no reservation is settled beyond its quantity", _RESERVATION),
    ("hold_history", "the ledger tells each hold's whole life", _HOLD),
    ("quota_units", "what a quota has used is what its channel took", _QUOTA),
    ("incoming_supply", "incoming units hold all that open supply announces", _SUPPLY),
    ("supply_history", "the ledger tells what left, arrived and was lost of supply", _SUPPLY),
    ("supply_numbers", "a supply line's state follows from its numbers", _SUPPLY),
    ("lot_history", "a lot is the sum of the movements that name it", _LOT),
    ("lot_units", "lots and serials hold no more than is on hand", _POSITION),
    ("status_units", "no status of unavailable units is below zero", _MOVEMENT),
    ("ledger_origin", "the ledger was written by this server", _MOVEMENT),
    ("guards", "constraints and triggers are in force", "pg_constraint"),
)


def verify(*, further: Sequence[Check] = ()) -> VerificationReport:
    """Run the room's checks and *further* ones (of rooms above); reads only.

    Each check is one statement and sees one moment, so it holds while orders come in.
    """
    own = [
        Check(name, meaning, table, sql.load(f"verify/{name}")) for name, meaning, table in _CHECKS
    ]
    return VerificationReport(tuple(_run(check) for check in (*own, *further)))


def _run(check: Check) -> CheckResult:
    rows = statements.fetch_all(
        f"""
        WITH broken (place, expected, found) AS ({check.statement}),
             example AS (SELECT * FROM broken LIMIT {MOST_EXAMPLES})
        SELECT (SELECT count(*) FROM {check.table}), (SELECT count(*) FROM broken), example.*
        FROM (SELECT) AS always
        LEFT JOIN example ON true
        """  # noqa: S608 - both texts are ours, none comes from outside
    )
    return CheckResult(
        name=check.name,
        meaning=check.meaning,
        looked_at=rows[0][0],
        broken=rows[0][1],
        examples=tuple(
            Break(orjson.loads(place), expected, found)
            for _, _, place, expected, found in rows
            if place is not None
        ),
    )
