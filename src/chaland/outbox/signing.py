"""Webhook secrets: made, kept encrypted, used to sign (Standard Webhooks)."""

import base64
import secrets
from datetime import datetime

from standardwebhooks import Webhook

from chaland.web import sealing

_PREFIX = "whsec_"
_PURPOSE = "webhook secrets"
_SECRET_BYTES = 32


def new_secret() -> str:
    """Return a new secret, in the form that Standard Webhooks libraries read."""
    return _PREFIX + base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()


def seal(secret: str) -> bytes:
    """Encrypt a secret with a key that follows from ``CHALAND_SECRET_KEY``."""
    return sealing.seal(secret.encode(), purpose=_PURPOSE)


def unseal(sealed: bytes) -> str:
    """Decrypt a secret. Raises cryptography.fernet.InvalidToken when the key is another one."""
    return sealing.unseal(sealed, purpose=_PURPOSE).decode()


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
