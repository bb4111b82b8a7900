"""Assign the orders that wait for their release together: fewer parcels, less freight."""

from chaland.journeys.reoptimise.running import (
    Reoptimising,
    reoptimise,
    reoptimise_alone,
    switched_on,
)

__all__ = ["Reoptimising", "reoptimise", "reoptimise_alone", "switched_on"]
