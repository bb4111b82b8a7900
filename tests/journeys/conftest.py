"""Journeys start from a small retailer that is written to the database."""

from collections.abc import Callable, Mapping

import pytest

from tests.retailer import Retailer

Build = Callable[[Mapping[str, Mapping[str, int]]], Retailer]


@pytest.fixture
def build_retailer(transactional_db: None) -> Build:  # noqa: ARG001 - asked for its effect
    """Write a retailer with this stock (units by SKU and location).

    Transactions are real: the batch writer commits on connections of its own.
    """
    return Retailer.build
