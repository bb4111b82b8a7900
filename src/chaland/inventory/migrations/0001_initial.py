import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.datetime
from django.db import migrations, models

STORAGE = """
-- Room on each page for new versions of its rows (HOT updates), so that no index is touched by a
-- reservation and a SKU's positions stay together.
ALTER TABLE inventory_position SET (fillfactor = 70);
ALTER TABLE inventory_reservation SET (fillfactor = 90);
-- The transaction that wrote the line: readers who keep stock in memory ask for what is new to them.
ALTER TABLE inventory_movement ADD COLUMN xid xid8 NOT NULL DEFAULT pg_current_xact_id();
CREATE INDEX inventory_movement_xid ON inventory_movement (xid);
"""

APPEND_ONLY = """
CREATE FUNCTION inventory_refuse_ledger_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- Test runs empty tables between tests; they say so in a setting that nothing else sets.
    IF TG_OP = 'TRUNCATE' AND current_setting('chaland.truncate', true) = 'allowed' THEN
        RETURN NULL;
    END IF;
    RAISE EXCEPTION 'the stock ledger is append-only: % refused', TG_OP
        USING ERRCODE = 'restrict_violation', HINT = 'Write a movement that corrects it.';
END
$$;
CREATE TRIGGER inventory_movement_append_only
    BEFORE UPDATE OR DELETE OR TRUNCATE ON inventory_movement
    FOR EACH STATEMENT EXECUTE FUNCTION inventory_refuse_ledger_change();
"""


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('catalog', '0001_initial'),
        ('network', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Movement',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('kind', models.TextField()),
                ('on_hand_delta', models.IntegerField(default=0)),
                ('reserved_delta', models.IntegerField(default=0)),
                ('unavailable_delta', models.IntegerField(default=0)),
                ('incoming_delta', models.IntegerField(default=0)),
                ('counted', models.IntegerField(help_text='on hand as counted, for a count', null=True)),
                ('status', models.TextField(help_text='where unavailable units went or came from', null=True)),
                ('reservation_id', models.UUIDField(null=True)),
                ('cause_type', models.TextField(default='')),
                ('cause_id', models.TextField(default='')),
                ('source', models.TextField()),
                ('source_ref', models.TextField(null=True)),
                ('occurred_at', models.DateTimeField()),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('actor_kind', models.TextField()),
                ('actor_id', models.TextField()),
                ('reason', models.TextField(default='')),
                ('location', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='network.location')),
                ('sku', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='catalog.sku')),
            ],
            options={
                'indexes': [models.Index(fields=['sku', 'location', 'occurred_at'], name='inventory_movement_history'), models.Index(condition=models.Q(('cause_id', ''), _negated=True), fields=['cause_id'], name='inventory_movement_cause')],
                'constraints': [models.CheckConstraint(condition=models.Q(('kind__in', ['opening', 'receipt', 'adjustment', 'count', 'expectation', 'reservation', 'release', 'issue', 'blocking', 'unblocking'])), name='inventory_movement_kind_known'), models.CheckConstraint(condition=models.Q(models.Q(('status__isnull', True), ('unavailable_delta', 0)), models.Q(models.Q(('unavailable_delta', 0), _negated=True), ('status__in', ['damaged', 'display', 'quarantine', 'missing']), ('status__isnull', False)), _connector='OR'), name='inventory_movement_status_told'), models.UniqueConstraint(condition=models.Q(('source_ref__isnull', False)), fields=('source', 'source_ref', 'sku', 'location'), name='inventory_movement_message_once')],
            },
        ),
        migrations.CreateModel(
            name='Position',
            fields=[
                ('pk', models.CompositePrimaryKey('sku_id', 'location_id', blank=True, editable=False, primary_key=True, serialize=False)),
                ('on_hand', models.IntegerField(default=0)),
                ('reserved', models.IntegerField(default=0)),
                ('unavailable', models.IntegerField(default=0)),
                ('incoming', models.IntegerField(default=0)),
                ('version', models.BigIntegerField(default=1)),
                ('updated_at', models.DateTimeField()),
                ('location', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='network.location')),
                ('sku', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='catalog.sku')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('on_hand__gte', 0)), name='inventory_position_on_hand_not_negative'), models.CheckConstraint(condition=models.Q(('reserved__gte', 0)), name='inventory_position_reserved_not_negative'), models.CheckConstraint(condition=models.Q(('unavailable__gte', 0)), name='inventory_position_unavailable_not_negative'), models.CheckConstraint(condition=models.Q(('incoming__gte', 0)), name='inventory_position_incoming_not_negative'), models.CheckConstraint(condition=models.Q(('on_hand__gte', django.db.models.expressions.CombinedExpression(models.F('reserved'), '+', models.F('unavailable')))), name='inventory_position_never_oversold')],
            },
        ),
        migrations.CreateModel(
            name='Reservation',
            fields=[
                ('id', models.UUIDField(primary_key=True, serialize=False)),
                ('quantity', models.IntegerField()),
                ('issued', models.IntegerField(default=0)),
                ('released', models.IntegerField(default=0)),
                ('order_id', models.UUIDField()),
                ('order_line_id', models.UUIDField()),
                ('created_at', models.DateTimeField()),
                ('closed_at', models.DateTimeField(null=True)),
                ('location', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='network.location')),
                ('sku', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='catalog.sku')),
            ],
            options={
                'indexes': [models.Index(fields=['order_id'], name='inventory_reservation_order'), models.Index(condition=models.Q(('closed_at__isnull', True)), fields=['sku', 'location'], name='inventory_reservation_open')],
                'constraints': [models.CheckConstraint(condition=models.Q(('quantity__gt', 0)), name='inventory_reservation_quantity_positive'), models.CheckConstraint(condition=models.Q(('issued__gte', 0), ('released__gte', 0)), name='inventory_reservation_settled_not_negative'), models.CheckConstraint(condition=models.Q(models.Q(('closed_at__isnull', True), ('quantity__gt', django.db.models.expressions.CombinedExpression(models.F('issued'), '+', models.F('released')))), models.Q(('closed_at__isnull', False), ('quantity', django.db.models.expressions.CombinedExpression(models.F('issued'), '+', models.F('released')))), _connector='OR'), name='inventory_reservation_closed_when_settled')],
            },
        ),
        migrations.RunSQL(
            sql=STORAGE,
            reverse_sql=migrations.RunSQL.noop,  # goes with the tables
        ),
        migrations.RunSQL(
            sql=APPEND_ONLY,
            reverse_sql="""
                DROP TRIGGER IF EXISTS inventory_movement_append_only ON inventory_movement;
                DROP FUNCTION IF EXISTS inventory_refuse_ledger_change();
            """,
        ),
    ]
