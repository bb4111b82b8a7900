"""What is done once a day; to do it twice does no harm."""

from datetime import date

from chaland.availability.models import Chore
from chaland.database.statements import execute

_DONE = """
INSERT INTO availability_chore (name, done_for) VALUES (%s, %s)
ON CONFLICT (name) DO UPDATE SET done_for = greatest(availability_chore.done_for, EXCLUDED.done_for)
"""


def is_due(name: str, today: date) -> bool:
    """Tell whether a chore was not done for *today* yet."""
    return not Chore.objects.filter(name=name, done_for__gte=today).exists()


def mark_done(name: str, today: date) -> None:
    """Say that a chore was done for *today*."""
    execute(_DONE, [name, today])
