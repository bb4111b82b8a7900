"""What is sealed opens with the right key, for the right row, and not otherwise."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chaland.customers.vault import UnreadableError, Vault

VAULT = Vault("secret")


@given(st.binary(max_size=500), st.binary(min_size=1, max_size=16))
def test_what_is_sealed_opens(plain: bytes, owner: bytes) -> None:
    wrapped, sealed = VAULT.seal_new(plain, owner=owner)
    assert VAULT.open(wrapped, sealed, owner=owner) == plain
    again = VAULT.seal(wrapped, plain, owner=owner)
    assert again != sealed
    assert VAULT.open(wrapped, again, owner=owner) == plain


def test_each_person_has_a_key_of_their_own() -> None:
    one, sealed = VAULT.seal_new(b"same", owner=b"a")
    other, other_sealed = VAULT.seal_new(b"same", owner=b"a")
    assert one != other
    assert sealed != other_sealed
    with pytest.raises(UnreadableError):
        VAULT.open(other, sealed, owner=b"a")


def test_nothing_opens_with_another_secret_or_in_another_row() -> None:
    wrapped, sealed = VAULT.seal_new(b"plain", owner=b"a")
    with pytest.raises(UnreadableError):
        Vault("other").open(wrapped, sealed, owner=b"a")
    with pytest.raises(UnreadableError):
        VAULT.open(wrapped, sealed, owner=b"b")


@given(st.integers(0, 200), st.integers(1, 255))
def test_a_changed_byte_is_noticed(place: int, change: int) -> None:
    wrapped, sealed = VAULT.seal_new(b"x" * 40, owner=b"a")
    both = bytearray(wrapped + sealed)
    both[place % len(both)] ^= change
    with pytest.raises(UnreadableError):
        VAULT.open(bytes(both[: len(wrapped)]), bytes(both[len(wrapped) :]), owner=b"a")


def test_an_index_finds_the_value_of_its_field_only() -> None:
    assert VAULT.index("email", "a@b.fr") == VAULT.index("email", "a@b.fr")
    assert VAULT.index("email", "a@b.fr") != VAULT.index("reference", "a@b.fr")
    assert VAULT.index("email", "a@b.fr") != Vault("other").index("email", "a@b.fr")
    assert VAULT.index("email", "") is None
