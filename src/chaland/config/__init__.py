"""Settings, addresses and wiring: the only place that sees every room."""
