"""Tables of users, API keys and the audit log."""

from typing import ClassVar

from django.contrib.auth.models import AbstractBaseUser
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Lower, Now

from chaland.access.managers import UserManager
from chaland.access.types import Role
from chaland.kernel.ids import new_uuid


class User(AbstractBaseUser):
    """A person who signs in with an e-mail address; what they may do follows from their role."""

    id = models.UUIDField(primary_key=True, default=new_uuid)
    email = models.EmailField(max_length=254, unique=True)
    display_name = models.CharField(max_length=150)
    language = models.CharField(max_length=5, default="fr")
    role = models.CharField(max_length=32)
    organisations = ArrayField(models.TextField(), default=list)
    locations = ArrayField(models.TextField(), default=list)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(db_default=Now())
    version = models.IntegerField(default=1)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["display_name", "role"]

    class Meta:
        db_table = "access_user"
        constraints = (
            models.CheckConstraint(
                condition=models.Q(email=Lower("email")), name="access_user_email_lower_case"
            ),
            models.CheckConstraint(
                condition=models.Q(role__in=[role.value for role in Role]), name="access_user_role"
            ),
        )

    def __str__(self) -> str:
        return self.display_name


class ApiKey(models.Model):
    """A machine's way in. Only the hash of its secret is kept."""

    id = models.UUIDField(primary_key=True)
    name = models.TextField()
    prefix = models.TextField(unique=True)
    digest = models.BinaryField()
    scopes = ArrayField(models.TextField())
    organisations = ArrayField(models.TextField(), null=True)
    locations = ArrayField(models.TextField(), null=True)
    created_by = models.TextField()
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "access_api_key"
        indexes = (models.Index(fields=("created_at", "id"), name="access_api_key_list"),)

    def __str__(self) -> str:
        return self.name


class AuditEntry(models.Model):
    """One write, as it was. Rows are never changed or removed."""

    id = models.UUIDField(primary_key=True)
    at = models.DateTimeField()
    actor_kind = models.TextField()
    actor_id = models.TextField()
    actor_label = models.TextField()
    action = models.TextField()
    entity_type = models.TextField()
    entity_id = models.TextField()
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)
    reason = models.TextField(default="")
    request_id = models.TextField(default="")

    class Meta:
        db_table = "access_audit_entry"
        indexes = (
            models.Index(fields=("entity_type", "entity_id", "id"), name="access_audit_entity"),
        )

    def __str__(self) -> str:
        return f"{self.action} {self.entity_id}"
