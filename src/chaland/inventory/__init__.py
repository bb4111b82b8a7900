"""Stock: positions, reservations and the append-only ledger that explains every change."""
