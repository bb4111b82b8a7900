"""Who is acting: a person, a machine with a key, a customer with a link, or Chaland itself."""

from dataclasses import dataclass, field
from typing import Literal

ActorKind = Literal["user", "api_key", "customer", "system"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """The one responsible for a change, as written in the audit log and in the ledger.

    ``organisations`` holds the codes of the organisations whose data the actor may see and change;
    None means all of them. ``locations`` narrows it further to location codes (a store associate's
    own shop); None means every location of those organisations. ``scopes`` are strings such as
    ``orders:write``.
    """

    kind: ActorKind
    id: str
    label: str
    scopes: frozenset[str] = field(default_factory=frozenset)
    organisations: frozenset[str] | None = None
    locations: frozenset[str] | None = None
    request_id: str = ""

    def may(self, scope: str) -> bool:
        """Tell whether the actor holds *scope*; ``*`` holds every scope."""
        return scope in self.scopes or "*" in self.scopes

    def may_see_location(self, *, organisation: str, location: str) -> bool:
        """Tell whether the actor may see and work at a location of an organisation."""
        if self.organisations is not None and organisation not in self.organisations:
            return False
        return self.locations is None or location in self.locations


SYSTEM = Actor(kind="system", id="chaland", label="Chaland", scopes=frozenset({"*"}))
