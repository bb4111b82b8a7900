"""What the last units of scarce SKUs are worth: a table of its own, which an older release ignores."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("sourcing", "0004_reoptimisation")]

    operations = [
        migrations.CreateModel(
            name="ShadowPrice",
            fields=[
                ("pk", models.CompositePrimaryKey("sku_id", "location_id", blank=True, editable=False, primary_key=True, serialize=False)),
                ("sku_id", models.IntegerField()),
                ("location_id", models.IntegerField()),
                ("price", models.BigIntegerField()),
                ("as_of", models.DateTimeField()),
                ("until", models.DateTimeField()),
            ],
            options={
                "db_table": "sourcing_shadow_price",
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("price__gt", 0)), name="sourcing_shadow_price_positive"),
                    models.CheckConstraint(condition=models.Q(("until__gt", models.F("as_of"))), name="sourcing_shadow_price_ahead"),
                ],
            },
        ),
    ]
