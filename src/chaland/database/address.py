"""Where the database is: read from `DATABASE_URL`, or the embedded server's when that is unset."""

from dataclasses import dataclass, field
from urllib.parse import parse_qsl, unquote, urlsplit

SCHEMES = ("postgres", "postgresql")


class InvalidDatabaseUrlError(ValueError):
    """`DATABASE_URL` is not the address of a PostgreSQL database."""


@dataclass(frozen=True, slots=True)
class DatabaseAddress:
    """How to reach one PostgreSQL database.

    `host` is a name, an address or the folder of a Unix socket; `port` is `None` for the default;
    `options` are libpq parameters such as `sslmode`.
    """

    name: str
    user: str = ""
    password: str = field(default="", repr=False)
    host: str = ""
    port: int | None = None
    options: dict[str, str] = field(default_factory=dict)


def parse_database_url(url: str) -> DatabaseAddress:
    """Read `postgresql://user:password@host:port/name?sslmode=require`.

    A socket folder is given as `?host=/folder`. Raises `InvalidDatabaseUrlError`, which says what
    is wrong without repeating the password.
    """
    parts = urlsplit(url)
    if parts.scheme not in SCHEMES:
        raise InvalidDatabaseUrlError(
            f"DATABASE_URL must start with postgresql://, not {parts.scheme or 'nothing'}://"
        )
    name = unquote(parts.path.lstrip("/"))
    if not name:
        raise InvalidDatabaseUrlError("DATABASE_URL names no database: postgresql://host/NAME")
    try:
        port = parts.port
    except ValueError as error:
        raise InvalidDatabaseUrlError("DATABASE_URL has a port that is not a number") from error
    options = dict(parse_qsl(parts.query))
    host = options.pop("host", "") or unquote(parts.hostname or "")
    return DatabaseAddress(
        name=name,
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        host=host,
        port=port or _port(options.pop("port", "")),
        options=options,
    )


def _port(text: str) -> int | None:
    if not text:
        return None
    if not text.isdecimal():
        raise InvalidDatabaseUrlError("DATABASE_URL has a port that is not a number")
    return int(text)
