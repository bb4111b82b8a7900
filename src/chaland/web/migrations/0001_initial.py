import django.contrib.postgres.indexes
import django.db.models.functions.datetime
from django.db import migrations, models


FORWARD = """
-- Answers are read rarely and written all day: compressing the larger ones would cost more than it saves.
ALTER TABLE web_idempotency_record ALTER COLUMN body SET STORAGE EXTERNAL;
"""

REVERSE = """
ALTER TABLE web_idempotency_record ALTER COLUMN body SET STORAGE EXTENDED;
"""


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='IdempotencyRecord',
            fields=[
                ('pk', models.CompositePrimaryKey('principal', 'key', blank=True, editable=False, primary_key=True, serialize=False)),
                ('principal', models.TextField()),
                ('key', models.TextField()),
                ('request_hash', models.BinaryField()),
                ('status', models.SmallIntegerField(null=True)),
                ('body', models.BinaryField(null=True)),
                ('headers', models.JSONField(null=True)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                'db_table': 'web_idempotency_record',
                'indexes': [django.contrib.postgres.indexes.BrinIndex(fields=['created_at'], name='web_idempotency_created_at')],
            },
        ),
        migrations.RunSQL(FORWARD, REVERSE),
    ]
