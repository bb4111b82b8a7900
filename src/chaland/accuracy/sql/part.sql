CASE
               -- What another system corrects, and what only gives units a lot's name, is no look at a shelf.
               WHEN m.cause_type IN ('feed_run', 'reconciliation') AND m.kind = 'count' THEN ''
               WHEN m.kind = 'adjustment' AND m.source IN ('chaland', 'chaland:count') THEN ''
               WHEN m.kind = 'count' THEN 'count'
               WHEN m.kind = 'issue' AND m.cause_type = 'fulfilment_order' THEN 'picked'
               WHEN m.on_hand_delta < 0 THEN 'out'
               WHEN m.on_hand_delta > 0 AND m.kind <> 'opening' THEN 'in'
               WHEN m.kind = 'blocking' AND m.status = 'missing' THEN 'missed'
               ELSE ''
           END
