"""Check the lines of the ledger against its new constraints, and index the physical ones, unhurried."""

from django.contrib.postgres.operations import AddIndexConcurrently, ValidateConstraint
from django.db import migrations, models


class Migration(migrations.Migration):

    atomic = False

    dependencies = [("inventory", "0002_stock_words")]

    operations = [
        ValidateConstraint("movement", "inventory_movement_kind_known"),
        ValidateConstraint("movement", "inventory_movement_status_told"),
        AddIndexConcurrently(
            "movement",
            models.Index(
                condition=~models.Q(on_hand_delta=0),
                fields=["occurred_at"],
                name="inventory_movement_physical",
            ),
        ),
    ]
