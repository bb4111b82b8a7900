"""How true the stock is: counts, drift, and the chance that a unit is really there."""
