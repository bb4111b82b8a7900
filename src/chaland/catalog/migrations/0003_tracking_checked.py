"""Check the SKUs there are against the new constraints, and index the tracked ones, unhurried."""

from django.contrib.postgres.operations import AddIndexConcurrently, ValidateConstraint
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):

    atomic = False

    dependencies = [("catalog", "0002_tracking_and_cost")]

    operations = [
        ValidateConstraint("sku", "catalog_sku_tracking"),
        ValidateConstraint("sku", "catalog_sku_kit_not_tracked"),
        ValidateConstraint("sku", "catalog_sku_unit_cost"),
        AddIndexConcurrently(
            "sku",
            models.Index(
                fields=("id",), condition=~Q(tracking="none"), name="catalog_sku_tracked"
            ),
        ),
    ]
