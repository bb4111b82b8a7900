"""The proof that stock, fulfilment and orders tell one story, on a live database.

The statements join tables of several rooms, which nothing else may: a proof that asked each room
would believe what it is to check. They only read, and each sees one moment.
"""

from chaland.accuracy.queries import evidence_check
from chaland.inventory import queries as inventory
from chaland.inventory.types import Check, VerificationReport

_LINES_AND_RESERVATIONS = """
SELECT jsonb_build_object('reservation_id', v.id, 'fulfilment_line_id', line.id),
       CASE WHEN line.id IS NULL THEN 'a fulfilment line' ELSE format(
           'sku %s at location %s for order %s: quantity %s',
           line.sku_id, f.location_id, f.order_id, line.quantity) END,
       CASE WHEN v.id IS NULL THEN 'no reservation' ELSE format(
           'sku %s at location %s for order %s: quantity %s',
           v.sku_id, v.location_id, v.order_id, v.quantity) END
FROM fulfilment_line line
JOIN fulfilment_order f ON f.id = line.fulfilment_order_id
FULL JOIN inventory_reservation v ON v.id = line.reservation_id
WHERE (v.sku_id, v.location_id, v.order_id, v.order_line_id, v.quantity)
      IS DISTINCT FROM (line.sku_id, f.location_id, f.order_id, line.order_line_id, line.quantity)
"""

_STATES_AND_RESERVATIONS = """
SELECT jsonb_build_object('reservation_id', v.id, 'fulfilment_order_id', f.id, 'state', f.state),
       format('issued %s, released %s', told.issued, line.refused + line.cancelled),
       format('issued %s, released %s', v.issued, v.released)
FROM fulfilment_line line
JOIN fulfilment_order f ON f.id = line.fulfilment_order_id
JOIN inventory_reservation v ON v.id = line.reservation_id
CROSS JOIN LATERAL (
    SELECT CASE WHEN f.state IN ('shipped', 'delivered', 'collected')
                THEN line.quantity - line.refused - line.cancelled ELSE 0 END AS issued
) AS told
WHERE (v.issued, v.released) IS DISTINCT FROM (told.issued, line.refused + line.cancelled)
   OR (f.state IN ('refused', 'cancelled') AND v.closed_at IS NULL)
"""

_ORDERS_AND_LINES = """
SELECT jsonb_build_object('order_id', o.id, 'line_no', part.line_no, 'sku_id', part.sku_id),
       format('%s units with a site or gone', part.owed),
       format('%s units, order %s', part.given, o.state)
FROM orders_order o
JOIN (
    SELECT l.order_id, l.line_no, line.sku_id,
           (l.quantity - l.cancelled) * max(line.per_kit) AS owed,
           sum(line.quantity - line.refused - line.cancelled) AS given
    FROM orders_line l
    JOIN fulfilment_line line ON line.order_line_id = l.id
    GROUP BY l.id, line.sku_id
) AS part ON part.order_id = o.id
WHERE CASE WHEN o.state = 'blocked' THEN part.given > part.owed ELSE part.given <> part.owed END
"""

_ORDERS_WITHOUT_LINES = """
SELECT jsonb_build_object('order_id', o.id, 'line_no', l.line_no),
       'lines, and a site for each',
       CASE WHEN l.id IS NULL THEN 'no line' ELSE 'no site' END
FROM orders_order o
LEFT JOIN orders_line l ON l.order_id = o.id
WHERE NOT EXISTS (SELECT FROM fulfilment_line line WHERE line.order_line_id = l.id)
  AND (l.id IS NULL OR (o.state <> 'blocked' AND l.quantity > l.cancelled))
"""

_ORDERS_SHIPPED = """
SELECT jsonb_build_object('order_id', l.order_id, 'line_no', l.line_no),
       format('shipped %s', gone.units),
       format('shipped %s', l.shipped)
FROM orders_line l
JOIN (
    SELECT order_line_id, min(units) AS units
    FROM (
        SELECT line.order_line_id, line.sku_id, sum(v.issued) / max(line.per_kit) AS units
        FROM fulfilment_line line
        JOIN inventory_reservation v ON v.id = line.reservation_id
        GROUP BY line.order_line_id, line.sku_id
    ) AS component
    GROUP BY order_line_id
) AS gone ON gone.order_line_id = l.id
WHERE l.shipped <> gone.units
"""

CHECKS = (
    Check(
        "lines_and_reservations",
        "each fulfilment line has one reservation, and each reservation one line",
        "inventory_reservation",
        _LINES_AND_RESERVATIONS,
    ),
    Check(
        "states_and_reservations",
        "units are kept while a site works, issued when they leave, released when given back",
        "fulfilment_line",
        _STATES_AND_RESERVATIONS,
    ),
    Check(
        "orders_and_lines",
        "what an order is owed, sites have or have sent",
        "orders_line",
        _ORDERS_AND_LINES,
    ),
    Check(
        "orders_without_lines",
        "no order is half written",
        "orders_order",
        _ORDERS_WITHOUT_LINES,
    ),
    Check(
        "orders_shipped",
        "an order line has shipped what the ledger issued",
        "orders_line",
        _ORDERS_SHIPPED,
    ),
)


def verify_stock() -> VerificationReport:
    """Run every check of the inventory room and those that join it with fulfilment and orders."""
    return inventory.verify(further=(*CHECKS, evidence_check()))
