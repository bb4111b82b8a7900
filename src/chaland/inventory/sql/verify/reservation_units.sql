-- No reservation is over-settled, and it is closed exactly when nothing of it is open.
SELECT jsonb_build_object('reservation_id', id),
       'issued + released within quantity, closed when equal',
       format('quantity %s, issued %s, released %s, closed %s', quantity, issued, released, closed_at)
FROM inventory_reservation
WHERE quantity <= 0 OR issued < 0 OR released < 0 OR issued + released > quantity
   OR (issued + released = quantity) <> (closed_at IS NOT NULL)
