"""Optimistic concurrency: ``ETag`` is the version read, ``If-Match`` the one to be changed."""

from django.http import HttpRequest, HttpResponse

from chaland.kernel.errors import DomainError


def etag_of(version: int) -> str:
    """Return the strong entity tag of a version, with its quotes."""
    return f'"{version}"'


def set_etag(response: HttpResponse, version: int) -> None:
    """Say on the answer which version it shows."""
    response.headers["ETag"] = etag_of(version)


def check_if_match(request: HttpRequest, version: int) -> None:
    """Refuse when the client has seen another version than *version*.

    A request without ``If-Match``, or with ``*``, is let through. Raises DomainError (412
    ``version_mismatch``), which tells the present version.
    """
    header = request.headers.get("If-Match")
    if header is None or header.strip() == "*":
        return
    if etag_of(version) in {tag.strip() for tag in header.split(",")}:
        return
    raise DomainError(
        code="version_mismatch",
        message=f"If-Match names {header}, but the present version is {etag_of(version)}.",
        status=412,
        fix="Read the resource again, apply your change to what you read, and send its ETag.",
        extra={"version": version},
    )
