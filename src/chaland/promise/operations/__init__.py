"""Writes of the promise room."""

from chaland.promise.operations.delivery_prices import (
    put_delivery_prices,
    remove_delivery_prices,
)
from chaland.promise.operations.learning import forget_observations, learn_promises, observe
from chaland.promise.operations.rate_cards import put_rate_cards, remove_rate_cards
from chaland.promise.operations.risks import Risk, mark_elsewhere, renew_promise, tell_risks
from chaland.promise.operations.services import lock_services, upsert_carrier_services
from chaland.promise.operations.terms import put_terms, remove_terms

__all__ = [
    "Risk",
    "forget_observations",
    "learn_promises",
    "lock_services",
    "mark_elsewhere",
    "observe",
    "put_delivery_prices",
    "put_rate_cards",
    "put_terms",
    "remove_delivery_prices",
    "remove_rate_cards",
    "remove_terms",
    "renew_promise",
    "tell_risks",
    "upsert_carrier_services",
]
