"""The wiring as Django knows it: what must happen once every room is loaded."""

from django.apps import AppConfig

from chaland.config import rooms


class ConfigConfig(AppConfig):
    """Loads what rooms declare but nobody imports."""

    name = "chaland.config"
    label = "config"

    def ready(self) -> None:
        """Import every room's event handlers, which register themselves."""
        for _room, _module in rooms.modules("reactions"):
            continue
