"""How units of a SKU are told apart, and what one costs: two columns that take a moment to add.

The checks are validated in the next migration, while everybody goes on working. The previous release
writes neither column and runs on this schema as it is.
"""

from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):

    dependencies = [("catalog", "0001_initial")]

    operations = [
        migrations.RunSQL("SET LOCAL lock_timeout = '5s'", migrations.RunSQL.noop),
        migrations.AddField(
            model_name="sku",
            name="tracking",
            field=models.TextField(default="none", db_default="none"),
        ),
        migrations.AddField(
            model_name="sku",
            name="unit_cost",
            field=models.DecimalField(
                max_digits=12, decimal_places=4, null=True, help_text="in the group's currency"
            ),
        ),
        AddConstraintNotValid(
            "sku",
            models.CheckConstraint(
                condition=Q(tracking__in=["none", "lot", "serial"]), name="catalog_sku_tracking"
            ),
        ),
        AddConstraintNotValid(
            "sku",
            models.CheckConstraint(
                condition=Q(tracking="none") | Q(is_kit=False), name="catalog_sku_kit_not_tracked"
            ),
        ),
        AddConstraintNotValid(
            "sku",
            models.CheckConstraint(
                condition=Q(unit_cost__isnull=True) | Q(unit_cost__gte=0),
                name="catalog_sku_unit_cost",
            ),
        ),
    ]
