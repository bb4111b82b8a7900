-- The constraints and the trigger that make these breaks impossible are there and in force.
SELECT jsonb_build_object('guard', wanted.name), 'present and in force', 'missing, disabled or not valid'
FROM (
    VALUES ('inventory_position_on_hand_not_negative'),
           ('inventory_position_reserved_not_negative'),
           ('inventory_position_unavailable_not_negative'),
           ('inventory_position_incoming_not_negative'),
           ('inventory_position_never_oversold'),
           ('inventory_reservation_quantity_positive'),
           ('inventory_reservation_settled_not_negative'),
           ('inventory_reservation_closed_when_settled'),
           ('inventory_hold_quantity_positive'),
           ('inventory_hold_closed_with_outcome'),
           ('inventory_hold_order_only_converted'),
           ('inventory_quota_granted_not_negative'),
           ('inventory_quota_used_not_negative'),
           ('inventory_movement_kind_known'),
           ('inventory_movement_status_told'),
           ('inventory_movement_append_only'),
           ('inventory_lot_not_negative'),
           ('inventory_supply_not_negative'),
           ('inventory_supply_conserves_units'),
           ('inventory_supply_closed_when_settled')
) AS wanted (name)
WHERE NOT EXISTS (
    SELECT FROM pg_constraint c
    WHERE c.conname = wanted.name AND c.convalidated
      -- PostgreSQL 18 can have constraints that are declared but not enforced.
      AND coalesce((to_jsonb(c) ->> 'conenforced')::boolean, true)
) AND NOT EXISTS (
    SELECT FROM pg_trigger t WHERE t.tgname = wanted.name AND t.tgenabled IN ('O', 'A')
)
