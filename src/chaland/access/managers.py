"""How Django and allauth make users."""

from typing import TYPE_CHECKING, Any

from django.contrib.auth.models import BaseUserManager

from chaland.access.types import Role

if TYPE_CHECKING:
    from chaland.access.models import User


class UserManager(BaseUserManager["User"]):
    """Finds users by e-mail whatever its case."""

    def get_by_natural_key(self, username: str | None) -> "User":
        """Return the user who signs in with this e-mail address."""
        return self.get(email=(username or "").lower())

    def create_superuser(self, email: str, password: str, **fields: Any) -> "User":
        """Make an administrator from the command line."""
        fields.setdefault("display_name", email)
        fields["role"] = Role.ADMINISTRATOR
        user = self.model(email=email.lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user
