"""Find the lines of the ledger that name a lot, unhurried: most name none."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):

    atomic = False

    dependencies = [("inventory", "0008_lots")]

    operations = [
        AddIndexConcurrently(
            "movement",
            models.Index(
                condition=models.Q(lot__isnull=False),
                fields=["sku", "lot"],
                name="inventory_movement_lot",
            ),
        ),
    ]
