"""Statements that are put together from the one that tells what evidence is."""

from functools import cache

from chaland.accuracy import sql
from chaland.accuracy.rules.evidence import MEMORY_DAYS
from chaland.inventory.types import Check

_OF_TOUCHED = """(SELECT * FROM touched WHERE anew AND telling) AS t
    CROSS JOIN LATERAL (
        SELECT * FROM inventory_movement x
        WHERE x.sku_id = t.sku_id AND x.location_id = t.location_id
        OFFSET 0  -- each position's lines by the index, however large the ledger is
    ) AS m"""

_READ_SO_FAR = """(
        SELECT x.* FROM inventory_movement x, accuracy_progress p
        WHERE p.name = 'ledger' AND pg_visible_in_snapshot(x.xid, p.seen::pg_snapshot)
    ) AS m"""

_DIFFERENCES = """
WITH {evidence}
SELECT jsonb_build_object('sku_id', sku_id, 'location_id', location_id),
       coalesce(t::text, 'nothing'), coalesce(k::text, 'nothing')
FROM evidence t
FULL JOIN accuracy_evidence k USING (sku_id, location_id)
WHERE (t.first_at, t.counted_at, t.sold, t.received, t.missed, t.found, t.missed_at,
       t.found_after, t.received_after, t.last_out_at)
      IS DISTINCT FROM
      (k.first_at, k.counted_at, k.sold, k.received, k.missed, k.found, k.missed_at,
       k.found_after, k.received_after, k.last_out_at)
   OR abs(t.mass - k.mass) > 0.00001
"""


@cache
def fold_statement() -> str:
    """Return the statement that takes in what the ledger tells since a snapshot."""
    return (
        sql.load("fold")
        .replace("{evidence}", _evidence(_OF_TOUCHED))
        .replace("{part}", sql.load("part").strip())
        .replace("{memory_days}", str(MEMORY_DAYS))
    )


@cache
def looks_statement() -> str:
    """Return the statement that reads what there is to learn from."""
    return sql.load("looks").replace("{part}", sql.load("part").strip())


@cache
def differences_statement() -> str:
    """Return the statement that compares what is kept with what the ledger, read so far, tells."""
    return _DIFFERENCES.replace("{evidence}", _evidence(_READ_SO_FAR))


def evidence_check() -> Check:
    """Return the check that what is known of positions is what the ledger, read so far, tells."""
    return Check(
        "evidence",
        "what chances are made of is what the ledger tells",
        "accuracy_evidence",
        differences_statement(),
    )


def _evidence(ledger: str) -> str:
    lines = sql.load("evidence").splitlines()
    text = "\n".join(line for line in lines if not line.startswith("--"))
    text = text.replace("{part}", sql.load("part").strip())
    return text.replace("{memory_days}", str(MEMORY_DAYS)).replace("{ledger}", ledger)
