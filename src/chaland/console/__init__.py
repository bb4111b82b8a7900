"""The operations console: control tower, orders, places, webhooks, keys and audit."""
