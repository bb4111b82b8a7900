"""What a parcel costs beside its table, rate cards, and what customers pay.

The new column takes a moment to add; the previous release does not write it and runs on this schema
as it is.
"""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('promise', '0001_initial'),
    ]

    operations = [
        migrations.RunSQL("SET LOCAL lock_timeout = '5s'", migrations.RunSQL.noop),
        migrations.AddField(
            model_name='carrierservice',
            name='charges',
            field=models.JSONField(db_default=models.Value({}, models.JSONField()), default=dict),
        ),
        migrations.CreateModel(
            name='DeliveryPriceTable',
            fields=[
                ('id', models.AutoField(primary_key=True, serialize=False)),
                ('code', models.TextField(unique=True)),
                ('method', models.TextField()),
                ('channel', models.TextField()),
                ('service', models.TextField()),
                ('rows', models.JSONField()),
                ('version', models.IntegerField()),
            ],
            options={
                'db_table': 'promise_delivery_price',
                'constraints': [models.UniqueConstraint(fields=('method', 'channel', 'service'), name='promise_delivery_price_once'), models.CheckConstraint(condition=models.Q(('code__regex', '^[A-Za-z0-9._-]{1,64}$')), name='promise_delivery_price_code'), models.CheckConstraint(condition=models.Q(('method__in', ['ship', 'pickup'])), name='promise_delivery_price_method')],
            },
        ),
        migrations.CreateModel(
            name='RateCard',
            fields=[
                ('id', models.UUIDField(primary_key=True, serialize=False)),
                ('valid_from', models.DateField()),
                ('origin_kind', models.TextField()),
                ('origin', models.TextField()),
                ('rows', models.JSONField()),
                ('version', models.IntegerField()),
                ('service', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='promise.carrierservice')),
            ],
            options={
                'db_table': 'promise_rate_card',
                'constraints': [models.UniqueConstraint(fields=('service', 'origin_kind', 'origin', 'valid_from'), name='promise_rate_card_once'), models.CheckConstraint(condition=models.Q(('origin_kind__in', ['all', 'group', 'location'])), name='promise_rate_card_origin_kind'), models.CheckConstraint(condition=models.Q(models.Q(('origin', ''), ('origin_kind', 'all')), models.Q(models.Q(('origin_kind', 'all'), _negated=True), ('origin__regex', '^[A-Za-z0-9._-]{1,64}$')), _connector='OR'), name='promise_rate_card_origin')],
            },
        ),
    ]
