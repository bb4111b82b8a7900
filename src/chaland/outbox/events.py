"""Facts about webhooks themselves."""

from dataclasses import dataclass
from typing import ClassVar

from chaland.kernel.events import DomainEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookDisabled(DomainEvent):
    """An endpoint was switched off because it is gone or has failed for days."""

    TYPE: ClassVar[str] = "webhook.disabled"

    url: str
    reason: str
