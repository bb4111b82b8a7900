"""Writes of users, keys and the audit log."""

from chaland.access.operations.auditing import record_audit
from chaland.access.operations.keys import create_api_key, revoke_api_key
from chaland.access.operations.users import create_user, update_user

__all__ = ["create_api_key", "create_user", "record_audit", "revoke_api_key", "update_user"]
