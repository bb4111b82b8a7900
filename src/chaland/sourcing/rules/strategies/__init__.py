"""Strategies: read, checked, put into an order's terms."""
