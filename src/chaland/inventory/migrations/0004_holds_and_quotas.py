"""Holds of baskets, and units that a channel is granted.

Both tables are new; the column that says whether a reservation counts in a quota has a default that
the database fills in, so the previous release goes on writing reservations.
"""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

STORAGE = """
-- Both are updated in place: a quota by each sale, a hold when it is renewed.
ALTER TABLE inventory_quota SET (fillfactor = 70);
ALTER TABLE inventory_hold SET (fillfactor = 90);
"""


class Migration(migrations.Migration):

    dependencies = [
        ('catalog', '0003_tracking_checked'),
        ('inventory', '0003_stock_words_checked'),
        ('network', '0001_initial'),
    ]

    operations = [
        migrations.RunSQL("SET LOCAL lock_timeout = '5s'", migrations.RunSQL.noop),
        migrations.AddField(
            model_name='reservation',
            name='in_quota',
            field=models.BooleanField(db_default=False, default=False, help_text="its units count in the channel's quota"),
        ),
        migrations.CreateModel(
            name='Hold',
            fields=[
                ('pk', models.CompositePrimaryKey('basket_id', 'sku_id', 'location_id', blank=True, editable=False, primary_key=True, serialize=False)),
                ('basket_id', models.UUIDField()),
                ('quantity', models.IntegerField()),
                ('in_quota', models.BooleanField(default=False)),
                ('reference', models.TextField(default='', help_text="the channel's own name of the basket")),
                ('organisation_ids', django.contrib.postgres.fields.ArrayField(base_field=models.IntegerField(), help_text='whose stock its maker may sell; null for all', null=True, size=None)),
                ('ttl_seconds', models.IntegerField(help_text='how long an activity keeps it')),
                ('created_at', models.DateTimeField()),
                ('expires_at', models.DateTimeField()),
                ('closed_at', models.DateTimeField(null=True)),
                ('outcome', models.TextField(null=True)),
                ('order_id', models.UUIDField(help_text='the order that it was converted into', null=True)),
                ('channel', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='network.channel')),
                ('location', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='network.location')),
                ('sku', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='catalog.sku')),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('closed_at__isnull', True)), fields=['expires_at'], name='inventory_hold_due')],
                'constraints': [models.CheckConstraint(condition=models.Q(('quantity__gt', 0)), name='inventory_hold_quantity_positive'), models.CheckConstraint(condition=models.Q(models.Q(('closed_at__isnull', True), ('outcome__isnull', True)), models.Q(('closed_at__isnull', False), ('outcome__in', ['converted', 'released', 'expired']), ('outcome__isnull', False)), _connector='OR'), name='inventory_hold_closed_with_outcome'), models.CheckConstraint(condition=models.Q(('order_id__isnull', True), models.Q(('outcome', 'converted'), ('outcome__isnull', False)), _connector='OR'), name='inventory_hold_order_only_converted')],
            },
        ),
        migrations.CreateModel(
            name='Quota',
            fields=[
                ('pk', models.CompositePrimaryKey('sku_id', 'location_id', 'channel_id', blank=True, editable=False, primary_key=True, serialize=False)),
                ('granted', models.IntegerField()),
                ('used', models.IntegerField(default=0)),
                ('refilled', models.IntegerField(default=0, help_text='returned, or forgiven by a new start')),
                ('rule', models.TextField(default='', help_text='code of the rule that granted it')),
                ('updated_at', models.DateTimeField()),
                ('channel', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='network.channel')),
                ('location', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='network.location')),
                ('sku', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='catalog.sku')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('granted__gte', 0)), name='inventory_quota_granted_not_negative'), models.CheckConstraint(condition=models.Q(('refilled__gte', 0), ('used__gte', 0)), name='inventory_quota_used_not_negative')],
            },
        ),
        migrations.RunSQL(
            sql=STORAGE,
            reverse_sql=migrations.RunSQL.noop,  # goes with the tables
        ),
    ]
