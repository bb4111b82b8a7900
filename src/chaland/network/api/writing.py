"""What the write routes of the network share."""

from collections.abc import Callable, Sequence

from django.db import transaction
from django.http import HttpRequest

from chaland.kernel.outcomes import WriteOutcome
from chaland.network.operations import lock_network
from chaland.web.etags import check_if_match


def put_one(
    request: HttpRequest, *, version: Callable[[], int], write: Callable[[], Sequence[WriteOutcome]]
) -> WriteOutcome:
    """Write one thing in a transaction, after ``If-Match`` was compared with its present version.

    Raises the refusal of the write, and DomainError (412 ``version_mismatch``).
    """
    with transaction.atomic():
        lock_network()
        check_if_match(request, version())
        [outcome] = write()
        if outcome.problem is not None:
            raise outcome.problem
    return outcome
