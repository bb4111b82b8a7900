-- The ledger tells the whole life of each reservation.
SELECT jsonb_build_object('reservation_id', coalesce(v.id, m.reservation_id)),
       format('kept %s, issued %s, released %s', m.kept, m.issued, m.released),
       format('kept %s, issued %s, released %s', v.quantity, v.issued, v.released)
FROM inventory_reservation v
FULL JOIN (
    SELECT reservation_id,
           coalesce(sum(reserved_delta) FILTER (WHERE kind = 'reservation'), 0) AS kept,
           coalesce(-sum(on_hand_delta) FILTER (WHERE kind = 'issue'), 0) AS issued,
           coalesce(-sum(reserved_delta) FILTER (WHERE kind = 'release'), 0) AS released
    FROM inventory_movement
    WHERE reservation_id IS NOT NULL AND kind NOT IN ('hold', 'hold_release')
    GROUP BY reservation_id
) AS m ON m.reservation_id = v.id
WHERE (v.quantity, v.issued, v.released) IS DISTINCT FROM (m.kept, m.issued, m.released)
