"""A word for decisions that were made together, and a table of how each joint choice went.

The constraint on decisions is replaced as not yet valid, by one statement that takes a moment; the
decisions that exist are checked afterwards, while everybody goes on working.
"""

from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations, models
from django.db.models import Q

KINDS = ("placement", "resourcing", "reoptimised")
STATUSES = ["optimal", "budget", "unchanged", "failed"]


def replaced(kinds):
    words = ", ".join(f"'{kind}'" for kind in kinds)
    return (
        "SET lock_timeout = '5s';"
        " ALTER TABLE sourcing_decision DROP CONSTRAINT sourcing_decision_kind,"
        f" ADD CONSTRAINT sourcing_decision_kind CHECK (kind IN ({words})) NOT VALID;"
        " RESET lock_timeout"
    )


class Migration(migrations.Migration):

    atomic = False

    dependencies = [("sourcing", "0002_strategies")]

    operations = [
        migrations.CreateModel(
            "Reoptimisation",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("started_at", models.DateTimeField()),
                ("seconds", models.FloatField()),
                ("status", models.TextField()),
                ("orders", models.IntegerField()),
                ("proposed", models.IntegerField()),
                ("changed", models.IntegerField()),
                ("cost_before", models.DecimalField(decimal_places=4, max_digits=16)),
                ("cost_after", models.DecimalField(decimal_places=4, max_digits=16)),
                ("saved", models.DecimalField(decimal_places=4, max_digits=16)),
                ("lower_bound", models.DecimalField(decimal_places=4, max_digits=16, null=True)),
                ("change_price", models.DecimalField(decimal_places=4, max_digits=16)),
            ],
            options={
                "db_table": "sourcing_reoptimisation",
                "constraints": [
                    models.CheckConstraint(
                        condition=Q(status__in=STATUSES), name="sourcing_reoptimisation_status"
                    ),
                    models.CheckConstraint(
                        condition=Q(cost_after__lte=models.F("cost_before"))
                        & Q(changed__lte=models.F("proposed"))
                        & Q(proposed__lte=models.F("orders")),
                        name="sourcing_reoptimisation_never_worse",
                    ),
                ],
            },
        ),
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(replaced(KINDS), replaced(KINDS[:2]))],
            state_operations=[
                migrations.RemoveConstraint("sourcingdecision", "sourcing_decision_kind"),
                migrations.AddConstraint(
                    "sourcingdecision",
                    models.CheckConstraint(
                        condition=Q(kind__in=KINDS), name="sourcing_decision_kind"
                    ),
                ),
            ],
        ),
        ValidateConstraint("sourcingdecision", "sourcing_decision_kind"),
    ]
