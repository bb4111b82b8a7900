"""Commands that look and tell: doctor, openapi."""

import typer


def register(application: typer.Typer) -> None:
    """Add the commands of this module."""
    del application
