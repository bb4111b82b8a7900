"""Find the lines of the ledger that say why units cannot be sold, unhurried: few do."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):

    atomic = False

    dependencies = [("inventory", "0009_lots_in_the_ledger")]

    operations = [
        AddIndexConcurrently(
            "movement",
            models.Index(
                condition=models.Q(status__isnull=False),
                fields=["sku", "location", "status"],
                include=["unavailable_delta"],
                name="inventory_movement_statuses",
            ),
        ),
    ]
