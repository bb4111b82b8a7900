"""`DATABASE_URL` is read as its writer meant it, and refused with the reason otherwise."""

import pytest

from chaland.database.address import DatabaseAddress, InvalidDatabaseUrlError, parse_database_url


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("postgresql:///shop", DatabaseAddress(name="shop")),
        (
            "postgres://ana:s%40fe@db.example:6432/shop?sslmode=require",
            DatabaseAddress("shop", "ana", "s@fe", "db.example", 6432, {"sslmode": "require"}),
        ),
        (
            "postgresql://ana@/shop?host=/run/postgresql&port=5433",
            DatabaseAddress("shop", "ana", "", "/run/postgresql", 5433),
        ),
        ("postgresql://[::1]:5432/shop", DatabaseAddress("shop", host="::1", port=5432)),
    ],
)
def test_addresses_that_are_meant(url: str, expected: DatabaseAddress) -> None:
    assert parse_database_url(url) == expected


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("mysql://host/shop", "must start with postgresql://"),
        ("shop", "must start with postgresql://"),
        ("postgresql://host/", "names no database"),
        ("postgresql://ana:secret@host:port/shop", "port that is not a number"),
        ("postgresql:///shop?port=none", "port that is not a number"),
    ],
)
def test_addresses_that_cannot_be_meant(url: str, said: str) -> None:
    with pytest.raises(InvalidDatabaseUrlError, match=said) as caught:
        parse_database_url(url)
    assert "secret" not in str(caught.value)


def test_a_password_is_not_shown() -> None:
    assert "s3cret" not in repr(parse_database_url("postgresql://ana:s3cret@host/shop"))
