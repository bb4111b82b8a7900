"""Secrets that must be shown again later are kept encrypted, with keys from ``CHALAND_SECRET_KEY``.

After the secret key has changed, what was sealed before opens as long as the old key is listed in
Django's ``SECRET_KEY_FALLBACKS``.
"""

import base64

from cryptography.fernet import Fernet, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.utils.encoding import force_bytes


def seal(data: bytes, *, purpose: str) -> bytes:
    """Encrypt *data*; what was sealed for one purpose does not open for another."""
    return _box(purpose).encrypt(data)


def unseal(sealed: bytes, *, purpose: str) -> bytes:
    """Decrypt. Raises cryptography.fernet.InvalidToken for another purpose or another key."""
    return _box(purpose).decrypt(bytes(sealed))


def _box(purpose: str) -> MultiFernet:
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return MultiFernet([_fernet(key, purpose) for key in keys])


def _fernet(secret_key: str | bytes, purpose: str) -> Fernet:
    derived = HKDF(
        algorithm=SHA256(), length=32, salt=None, info=f"chaland {purpose}".encode()
    ).derive(force_bytes(secret_key))
    return Fernet(base64.urlsafe_b64encode(derived))
