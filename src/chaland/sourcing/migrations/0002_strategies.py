"""Whole strategies in place of weights alone; which channel follows which; decisions name theirs.

The previous release goes on: the column of weights stays until no release reads it (it has left the
models), and new columns have defaults that the database fills in without rewriting the table.
"""

import django.contrib.postgres.fields
from django.db import migrations, models
from django.db.models import Q

CODE = "^[A-Za-z0-9._-]{1,64}$"

BACKFILL = """
UPDATE sourcing_strategy
   SET document = jsonb_build_object('name', 'Default', 'weights', weights)
 WHERE weights <> '{}'
"""


class Migration(migrations.Migration):

    dependencies = [("sourcing", "0001_initial")]

    operations = [
        migrations.RunSQL("SET LOCAL lock_timeout = '5s'", migrations.RunSQL.noop),
        migrations.AddField("strategy", "document", models.JSONField(db_default={}, default=dict)),
        migrations.AddField("strategy", "edit", models.IntegerField(db_default=1, default=1)),
        migrations.AddField("strategy", "author", models.TextField(db_default="", default="")),
        migrations.AddField("strategy", "note", models.TextField(db_default="", default="")),
        migrations.AddField("strategy", "activate_at", models.DateTimeField(null=True)),
        migrations.AddField("strategy", "ended_at", models.DateTimeField(null=True)),
        migrations.RunSQL(BACKFILL, migrations.RunSQL.noop),
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    "ALTER TABLE sourcing_strategy ALTER COLUMN weights SET DEFAULT '{}'",
                    "ALTER TABLE sourcing_strategy ALTER COLUMN weights DROP DEFAULT",
                )
            ],
            state_operations=[migrations.RemoveField("strategy", "weights")],
        ),
        migrations.AddConstraint(
            "strategy",
            models.UniqueConstraint(
                fields=("code",), condition=Q(state="draft"), name="sourcing_strategy_one_draft"
            ),
        ),
        migrations.AddConstraint(
            "strategy",
            models.CheckConstraint(
                condition=Q(activate_at__isnull=True) | Q(state="draft"),
                name="sourcing_strategy_planned_draft",
            ),
        ),
        migrations.CreateModel(
            "ChannelStrategy",
            fields=[
                ("channel", models.TextField(primary_key=True, serialize=False)),
                ("strategy", models.TextField()),
                ("updated_at", models.DateTimeField()),
            ],
            options={
                "db_table": "sourcing_channel_strategy",
                "constraints": [
                    models.CheckConstraint(
                        condition=Q(channel__regex=CODE, strategy__regex=CODE),
                        name="sourcing_channel_strategy_codes",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            "StrategyPilot",
            fields=[
                ("strategy", models.TextField(primary_key=True, serialize=False)),
                ("channels", django.contrib.postgres.fields.ArrayField(models.TextField(), default=list, size=None)),
                ("postal_prefixes", django.contrib.postgres.fields.ArrayField(models.TextField(), default=list, size=None)),
                ("location_groups", django.contrib.postgres.fields.ArrayField(models.TextField(), default=list, size=None)),
                ("share", models.IntegerField(null=True)),
                ("version", models.IntegerField(default=1)),
                ("updated_at", models.DateTimeField()),
            ],
            options={
                "db_table": "sourcing_strategy_pilot",
                "constraints": [
                    models.CheckConstraint(
                        condition=Q(strategy__regex=CODE), name="sourcing_strategy_pilot_code"
                    ),
                    models.CheckConstraint(
                        condition=Q(share__isnull=True) | Q(share__range=(1, 99)),
                        name="sourcing_strategy_pilot_share",
                    ),
                ],
            },
        ),
        migrations.AddField(
            "sourcingdecision", "strategy_code", models.TextField(db_default="default", default="default")
        ),
        migrations.AddField("sourcingdecision", "rule", models.TextField(db_default="", default="")),
    ]
