"""Crash tests start from the same small retailer as journeys."""

from tests.journeys.conftest import build_retailer

__all__ = ["build_retailer"]
