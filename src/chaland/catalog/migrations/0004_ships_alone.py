"""SKUs say whether they ship alone.

The new column takes a moment to add; the previous release does not write it and runs on this schema
as it is.
"""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('catalog', '0003_tracking_checked'),
    ]

    operations = [
        migrations.RunSQL("SET LOCAL lock_timeout = '5s'", migrations.RunSQL.noop),
        migrations.AddField(
            model_name='sku',
            name='ships_alone',
            field=models.BooleanField(db_default=False, default=False),
        ),
    ]
