"""Roles, limits and tokens."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chaland.access.rules import (
    ROLE_SCOPES,
    Token,
    limits_of_user,
    parse_token,
    scopes_of_role,
)
from chaland.access.types import Role, Scope

CODES = st.frozensets(st.sampled_from(["north", "south", "east"]))


def test_every_role_has_scopes_and_only_administrators_let_others_in() -> None:
    assert set(ROLE_SCOPES) == set(Role)
    holders = {role for role in Role if Scope.ACCESS_ADMIN in scopes_of_role(role)}
    assert holders == {Role.ADMINISTRATOR}
    assert scopes_of_role(Role.ADMINISTRATOR) == set(Scope)


@pytest.mark.parametrize("role", [Role.STORE_ASSOCIATE, Role.MERCHANT])
@pytest.mark.parametrize(
    "scope", [Scope.CUSTOMERS_READ, Scope.EVENTS_READ, Scope.AUDIT_READ, Scope.ORDERS_WRITE]
)
def test_people_of_a_shop_do_not_reach_what_is_the_groups(role: Role, scope: Scope) -> None:
    assert scope not in scopes_of_role(role)


@given(st.sampled_from([Role.STORE_ASSOCIATE, Role.MERCHANT]), CODES, CODES)
def test_people_of_a_shop_never_see_everything(
    role: Role, organisations: frozenset[str], locations: frozenset[str]
) -> None:
    limits = limits_of_user(role, organisations, locations)
    assert limits != (None, None)
    assert limits[0] in {None, organisations}
    assert limits[1] in {None, locations}


@given(CODES, CODES)
def test_others_see_everything_unless_limited(
    organisations: frozenset[str], locations: frozenset[str]
) -> None:
    limits = limits_of_user(Role.OPERATIONS, organisations, locations)
    assert limits == (organisations or None, locations or None)


def test_a_token_is_read_back() -> None:
    token = Token("0123456789ab", "A" * 43)
    assert parse_token(str(token)) == token
    assert token.digest == hashlib.sha256(b"A" * 43).digest()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "chl_",
        "chl_0123456789ab_" + "A" * 42,
        "chl_0123456789ab_" + "A" * 44,
        "chl_0123456789AB_" + "A" * 43,
        "chx_0123456789ab_" + "A" * 43,
        "chl_0123456789ab_" + "A" * 42 + "\n",
        "chl_0123456789ab_" + "é" * 43,
    ],
)
def test_what_is_no_token(text: str) -> None:
    assert parse_token(text) is None
