-- Lines wait here, resolved and checked, until they are merged. Unlogged: after a crash of the server the
-- table is empty, and its owner fills it again; what was merged is in the ledger.
CREATE UNLOGGED TABLE IF NOT EXISTS {stage} (
    line int,
    sku_id int NOT NULL,
    location_id int NOT NULL,
    quantity int,
    occurred_at timestamptz,
    line_ref text
)
