"""New words for what moves stock, told to the database without reading its largest table.

The constraints on the ledger are replaced as not yet valid, which takes a moment; the next migration
checks the lines that exist while everybody goes on working. The previous release writes none of the
new words and runs on this schema as it is.
"""

import django.db.models.deletion
from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models
from django.db.models import Q

KINDS = [
    "opening", "receipt", "adjustment", "count", "expectation", "reservation", "release", "issue",
    "blocking", "unblocking", "hold", "hold_release", "return", "transfer_out", "transfer_in",
]
STATUSES = ["damaged", "display", "quarantine", "missing", "counting", "expired"]


class Migration(migrations.Migration):

    dependencies = [
        ("catalog", "0001_initial"),
        ("inventory", "0001_initial"),
        ("network", "0001_initial"),
    ]

    operations = [
        migrations.RunSQL("SET LOCAL lock_timeout = '5s'", migrations.RunSQL.noop),
        migrations.AddField(
            model_name="movement",
            name="lot",
            field=models.TextField(null=True, help_text="of a SKU that is followed by lot"),
        ),
        migrations.AddField(
            model_name="position",
            name="counted_as_of",
            field=models.DateTimeField(
                null=True,
                help_text="the last absolute count holds all that happened before this moment",
            ),
        ),
        migrations.AddField(
            model_name="reservation",
            name="channel",
            field=models.ForeignKey(
                null=True,
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to="network.channel",
            ),
        ),
        migrations.RemoveConstraint("movement", "inventory_movement_kind_known"),
        migrations.RemoveConstraint("movement", "inventory_movement_status_told"),
        AddConstraintNotValid(
            "movement",
            models.CheckConstraint(
                condition=Q(kind__in=KINDS), name="inventory_movement_kind_known"
            ),
        ),
        AddConstraintNotValid(
            "movement",
            models.CheckConstraint(
                condition=Q(unavailable_delta=0, status__isnull=True)
                | (~Q(unavailable_delta=0) & Q(status__isnull=False, status__in=STATUSES)),
                name="inventory_movement_status_told",
            ),
        ),
    ]
