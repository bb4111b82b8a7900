"""Keys and sealing: one key per person, wrapped by a master key that the database never sees.

Envelope: the person's data is sealed with AES-256-GCM under a random key of its own; that key is
wrapped with AES-256-GCM under a master key derived (HKDF-SHA-256) from ``CHALAND_SECRET_KEY``.
Destroying the wrapped key erases the person. Searching goes by keyed hashes (BLAKE2b of 128 bits)
under a second derived key.
"""

import os
from functools import lru_cache
from hashlib import blake2b

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

_KEY_BYTES, _NONCE_BYTES, _INDEX_BYTES = 32, 12, 16
_FORMAT = b"\x01"


class UnreadableError(Exception):
    """The sealed data does not open: ``CHALAND_SECRET_KEY`` is not the one it was sealed with."""


class Vault:
    """Seals and opens with keys derived from one secret. Safe to share between threads."""

    def __init__(self, secret: str) -> None:
        self._master = AESGCM(_derive(secret, b"chaland/customers/data-keys/1"))
        self._index_key = _derive(secret, b"chaland/customers/blind-index/1")

    def seal_new(self, plain: bytes, *, owner: bytes) -> tuple[bytes, bytes]:
        """Make a key, and return it wrapped together with *plain* sealed under it.

        *owner* binds both to their row: moved to another row, they do not open.
        """
        fresh = os.urandom(_KEY_BYTES + 2 * _NONCE_BYTES)
        key = fresh[:_KEY_BYTES]
        nonce, other_nonce = fresh[_KEY_BYTES:-_NONCE_BYTES], fresh[-_NONCE_BYTES:]
        wrapped = _FORMAT + nonce + self._master.encrypt(nonce, key, owner)
        return wrapped, other_nonce + AESGCM(key).encrypt(other_nonce, plain, owner)

    def seal(self, wrapped: bytes, plain: bytes, *, owner: bytes) -> bytes:
        """Seal *plain* under a key that exists. Raises UnreadableError."""
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + self._key(wrapped, owner).encrypt(nonce, plain, owner)

    def open(self, wrapped: bytes, sealed: bytes, *, owner: bytes) -> bytes:
        """Return what was sealed. Raises UnreadableError."""
        key = self._key(wrapped, owner)
        try:
            return key.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], owner)
        except InvalidTag:
            raise UnreadableError from None

    def index(self, kind: str, value: str) -> bytes | None:
        """Return the keyed hash of *value* in the field *kind* (≤ 16 letters); None for no text."""
        if not value:
            return None
        return blake2b(
            value.encode(), digest_size=_INDEX_BYTES, key=self._index_key, person=kind.encode()
        ).digest()

    def _key(self, wrapped: bytes, owner: bytes) -> AESGCM:
        nonce, inside = wrapped[1 : 1 + _NONCE_BYTES], wrapped[1 + _NONCE_BYTES :]
        if wrapped[:1] != _FORMAT:
            raise UnreadableError
        try:
            return AESGCM(self._master.decrypt(nonce, inside, owner))
        except InvalidTag:
            raise UnreadableError from None


def vault() -> Vault:
    """Return the vault of this installation's secret."""
    return _vault_of(settings.SECRET_KEY)


@lru_cache(maxsize=2)
def _vault_of(secret: str) -> Vault:
    return Vault(secret)


def _derive(secret: str, purpose: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=_KEY_BYTES, salt=None, info=purpose).derive(
        secret.encode()
    )
