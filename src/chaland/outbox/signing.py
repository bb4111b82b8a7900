"""Webhook secrets: made, kept encrypted, used to sign (Standard Webhooks)."""

import base64
import secrets
from datetime import datetime

from cryptography.fernet import Fernet, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.utils.encoding import force_bytes
from standardwebhooks import Webhook

_PREFIX = "whsec_"
_SECRET_BYTES = 32


def new_secret() -> str:
    """Return a new secret, in the form that Standard Webhooks libraries read."""
    return _PREFIX + base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()


def seal(secret: str) -> bytes:
    """Encrypt a secret with a key that follows from ``CHALAND_SECRET_KEY``."""
    return _box().encrypt(secret.encode())


def unseal(sealed: bytes) -> str:
    """Decrypt a secret. Raises cryptography.fernet.InvalidToken when the key is another one."""
    return _box().decrypt(bytes(sealed)).decode()


def signature_headers(
    *, message_id: str, body: bytes, at: datetime, sealed_secrets: list[bytes]
) -> dict[str, str]:
    """Return the three headers of a signed message; several secrets during a change of secret."""
    text = body.decode()
    signatures = [Webhook(unseal(item)).sign(message_id, at, text) for item in sealed_secrets]
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": " ".join(signatures),
    }


def _box() -> MultiFernet:
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return MultiFernet([_fernet(key) for key in keys])


def _fernet(secret_key: str | bytes) -> Fernet:
    derived = HKDF(
        algorithm=SHA256(), length=32, salt=None, info=b"chaland webhook secrets"
    ).derive(force_bytes(secret_key))
    return Fernet(base64.urlsafe_b64encode(derived))
