"""Chaland: one stock, one promise, one order, across every shop, warehouse and marketplace."""

from importlib.metadata import PackageNotFoundError, version

try:
    __version__ = version("chaland")
except PackageNotFoundError:  # imported from a source tree that was never installed
    __version__ = "0.0.0"
