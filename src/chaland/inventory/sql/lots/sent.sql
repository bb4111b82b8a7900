-- What of a transfer has left by lot and not arrived.
SELECT cause_id, lot, -sum(on_hand_delta)::int
FROM inventory_movement
WHERE cause_id = ANY (%(cause)s::text[]) AND cause_id <> ''
  AND kind IN ('transfer_out', 'transfer_in')
GROUP BY cause_id, lot
HAVING sum(on_hand_delta) < 0
