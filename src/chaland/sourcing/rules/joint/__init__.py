"""One choice for many orders: the cheapest set of plans that stock and capacity allow together."""
