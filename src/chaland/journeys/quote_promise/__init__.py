"""Quote a basket: every way in which it can reach the customer, when, and for how much."""
