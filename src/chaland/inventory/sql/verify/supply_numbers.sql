-- The state of a supply line is the one that its numbers have.
SELECT jsonb_build_object('supply_id', id),
       CASE
            WHEN quantity > received + cancelled + lost THEN
                CASE WHEN kind = 'transfer' AND dispatched_at IS NULL THEN 'planned'
                     WHEN received > 0 THEN 'partly_received'
                     ELSE 'expected' END
            WHEN received > 0 THEN 'received'
            ELSE 'cancelled' END,
       state
FROM inventory_supply
WHERE state <> CASE
    WHEN quantity > received + cancelled + lost THEN
        CASE WHEN kind = 'transfer' AND dispatched_at IS NULL THEN 'planned'
             WHEN received > 0 THEN 'partly_received'
             ELSE 'expected' END
    WHEN received > 0 THEN 'received'
    ELSE 'cancelled' END
