"""The customer's tracking link: a token that names an order and cannot be guessed.

Nothing is stored: the token is the order's id followed by the first 128 bits of an HMAC-SHA-256
over it, under a key derived from the site's secret, both in the alphabet of public ids.
"""

import hashlib
import hmac
from uuid import UUID

from django.conf import settings

from chaland.kernel.ids import InvalidPublicIdError, from_public, to_public
from chaland.orders.types import ORDER_PREFIX

_PURPOSE = b"chaland.orders.tracking.v1"
_ID_LENGTH = 26
_SIGNATURE_BYTES = 16


def make_token(order_id: UUID) -> str:
    """Return the token of an order: 52 letters and digits."""
    return _body(order_id) + _signature(order_id, settings.SECRET_KEY)


def verify_token(token: str) -> UUID | None:
    """Return the order that *token* names, or None when it was not made by this site.

    Tokens made under a retired secret (``SECRET_KEY_FALLBACKS``) still open their page.
    """
    try:
        order_id = from_public(ORDER_PREFIX, f"{ORDER_PREFIX}_{token[:_ID_LENGTH]}")
    except InvalidPublicIdError:
        return None
    given = token[_ID_LENGTH:].encode()
    for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
        if hmac.compare_digest(_signature(order_id, secret).encode(), given):
            return order_id
    return None


def _signature(order_id: UUID, secret: str | bytes) -> str:
    secret_bytes = secret.encode() if isinstance(secret, str) else secret
    key = hmac.digest(secret_bytes, _PURPOSE, hashlib.sha256)
    digest = hmac.digest(key, order_id.bytes, hashlib.sha256)
    return _body(UUID(bytes=digest[:_SIGNATURE_BYTES]))


def _body(value: UUID) -> str:
    return to_public("", value).removeprefix("_")
