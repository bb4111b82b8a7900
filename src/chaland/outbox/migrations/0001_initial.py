import chaland.outbox.fields
import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models


FORWARD = """
-- What was written stays. `chaland.truncate` is set by the test suite, which empties tables.
CREATE FUNCTION outbox_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'TRUNCATE' AND current_setting('chaland.truncate', true) = 'allowed' THEN
        RETURN NULL;
    END IF;
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
END
$$;
CREATE TRIGGER outbox_event_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON outbox_event
    FOR EACH STATEMENT EXECUTE FUNCTION outbox_refuse_change();
-- Due deliveries are updated in place a few times each.
ALTER TABLE outbox_webhook_delivery SET (fillfactor = 80);
"""

REVERSE = """
DROP TRIGGER outbox_event_append_only ON outbox_event;
DROP FUNCTION outbox_refuse_change();
ALTER TABLE outbox_webhook_delivery RESET (fillfactor);
"""


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='Reaction',
            fields=[
                ('seen', chaland.outbox.fields.SnapshotField(help_text='Events visible in this snapshot have been read.')),
                ('until', chaland.outbox.fields.SnapshotField(help_text='The snapshot whose events are being read.', null=True)),
                ('after', models.BigIntegerField(default=0, help_text='The last number read of those.')),
                ('name', models.TextField(primary_key=True, serialize=False)),
                ('failures', models.IntegerField(default=0)),
                ('last_error', models.TextField(default='')),
                ('next_attempt_at', models.DateTimeField(null=True)),
            ],
            options={
                'db_table': 'outbox_reaction',
            },
        ),
        migrations.CreateModel(
            name='Tick',
            fields=[
                ('xid', chaland.outbox.fields.TransactionIdField(db_default=models.Func(function='pg_current_xact_id'), primary_key=True, serialize=False)),
                ('seq', models.BigIntegerField()),
                ('at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                'db_table': 'outbox_tick',
            },
        ),
        migrations.CreateModel(
            name='WebhookEndpoint',
            fields=[
                ('seen', chaland.outbox.fields.SnapshotField(help_text='Events visible in this snapshot have been read.')),
                ('until', chaland.outbox.fields.SnapshotField(help_text='The snapshot whose events are being read.', null=True)),
                ('after', models.BigIntegerField(default=0, help_text='The last number read of those.')),
                ('id', models.UUIDField(primary_key=True, serialize=False)),
                ('url', models.TextField()),
                ('description', models.TextField(default='')),
                ('secret_encrypted', models.BinaryField()),
                ('previous_secret_encrypted', models.BinaryField(null=True)),
                ('previous_secret_until', models.DateTimeField(null=True)),
                ('event_types', django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), default=list, size=None)),
                ('active', models.BooleanField(default=True)),
                ('disabled_reason', models.TextField(default='')),
                ('created_at', models.DateTimeField()),
                ('version', models.IntegerField(default=1)),
                ('failing_since', models.DateTimeField(null=True)),
                ('retry_at', models.DateTimeField(null=True)),
            ],
            options={
                'db_table': 'outbox_webhook_endpoint',
            },
        ),
        migrations.CreateModel(
            name='Event',
            fields=[
                ('id', models.UUIDField(primary_key=True, serialize=False)),
                ('seq', chaland.outbox.fields.IdentityField(editable=False)),
                ('xid', chaland.outbox.fields.TransactionIdField(db_default=models.Func(function='pg_current_xact_id'), editable=False)),
                ('type', models.TextField()),
                ('version', models.SmallIntegerField()),
                ('stream', models.TextField()),
                ('subject', models.TextField()),
                ('occurred_at', models.DateTimeField()),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('actor_kind', models.TextField()),
                ('actor_id', models.TextField()),
                ('data', models.JSONField()),
            ],
            options={
                'db_table': 'outbox_event',
                'indexes': [models.Index(fields=['seq'], name='outbox_event_seq'), models.Index(fields=['stream', 'seq'], name='outbox_event_stream')],
            },
        ),
        migrations.CreateModel(
            name='WebhookDelivery',
            fields=[
                ('id', models.UUIDField(primary_key=True, serialize=False)),
                ('seq', models.BigIntegerField()),
                ('stream', models.TextField()),
                ('state', models.TextField(default='pending')),
                ('attempts', models.IntegerField(default=0)),
                ('created_at', models.DateTimeField()),
                ('next_attempt_at', models.DateTimeField()),
                ('last_status', models.SmallIntegerField(null=True)),
                ('last_error', models.TextField(default='')),
                ('delivered_at', models.DateTimeField(null=True)),
                ('event', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='outbox.event')),
                ('endpoint', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, to='outbox.webhookendpoint')),
            ],
            options={
                'db_table': 'outbox_webhook_delivery',
            },
        ),
        migrations.CreateModel(
            name='WebhookAttempt',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField()),
                ('status', models.SmallIntegerField(null=True)),
                ('latency_ms', models.IntegerField()),
                ('error', models.TextField(default='')),
                ('response_excerpt', models.TextField(default='')),
                ('delivery', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to='outbox.webhookdelivery')),
            ],
            options={
                'db_table': 'outbox_webhook_attempt',
            },
        ),
        migrations.AddIndex(
            model_name='webhookdelivery',
            index=models.Index(fields=['endpoint', 'seq'], name='outbox_delivery_list'),
        ),
        migrations.AddIndex(
            model_name='webhookdelivery',
            index=models.Index(condition=models.Q(('state', 'pending')), fields=['endpoint', 'next_attempt_at'], name='outbox_delivery_due'),
        ),
        migrations.AddIndex(
            model_name='webhookdelivery',
            index=models.Index(condition=models.Q(('state', 'pending')), fields=['endpoint', 'stream', 'seq'], name='outbox_delivery_waiting'),
        ),
        migrations.AddConstraint(
            model_name='webhookdelivery',
            constraint=models.UniqueConstraint(fields=('endpoint', 'event'), name='outbox_delivery_once_per_event'),
        ),
        migrations.AddConstraint(
            model_name='webhookdelivery',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['pending', 'delivered', 'dead'])), name='outbox_delivery_state'),
        ),
        migrations.RunSQL(FORWARD, REVERSE),
    ]
