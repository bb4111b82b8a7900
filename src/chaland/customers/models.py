"""The table of the customers room."""

from django.db import models
from django.db.models import Q


class Customer(models.Model):
    """One person: everything that says who it is lies in ``sealed``, under that person's own key.

    The indexes are keyed hashes: they find an exact value again and give nothing away. Erasing
    clears the key, the sealed text and the indexes; the row stays, for amounts to have an owner.
    """

    id = models.UUIDField(primary_key=True)
    data_key = models.BinaryField(null=True)
    sealed = models.BinaryField(null=True)
    reference_index = models.BinaryField(null=True)
    email_index = models.BinaryField(null=True)
    phone_index = models.BinaryField(null=True)
    name_index = models.BinaryField(null=True)
    country = models.TextField(default="", db_default="")
    language = models.TextField(default="", db_default="")
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    erased_at = models.DateTimeField(null=True)
    version = models.IntegerField(default=1, db_default=1)

    class Meta:
        db_table = "customers_customer"
        constraints = (
            models.UniqueConstraint(
                fields=("reference_index",),
                condition=Q(reference_index__isnull=False),
                name="customers_customer_reference",
            ),
            models.CheckConstraint(
                condition=Q(erased_at__isnull=True, data_key__isnull=False, sealed__isnull=False)
                | Q(
                    erased_at__isnull=False,
                    data_key__isnull=True,
                    sealed__isnull=True,
                    reference_index__isnull=True,
                    email_index__isnull=True,
                    phone_index__isnull=True,
                    name_index__isnull=True,
                ),
                name="customers_customer_erased_or_readable",
            ),
        )
        indexes = tuple(
            models.Index(
                fields=(f"{name}_index",),
                condition=Q(**{f"{name}_index__isnull": False}),
                name=f"customers_customer_{name}",
            )
            for name in ("email", "phone", "name")
        )
