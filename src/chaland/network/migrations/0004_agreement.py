import django.db.models.deletion
from django.db import migrations, models

# What channels sell today they go on selling: owners are asked from now on.
GRANDFATHER = """
INSERT INTO network_agreement (organisation_id, channel_id)
SELECT organisation.id, channel.id
FROM network_organisation AS organisation CROSS JOIN network_channel AS channel
WHERE organisation.kind IN ('franchisee', 'affiliate', 'merchant', 'supplier')
ORDER BY organisation.id, channel.id
"""

# Processes keep the network in memory: let them notice.
BUMP = """
INSERT INTO database_revision (name, revision)
VALUES ('network', (extract(epoch FROM clock_timestamp()) * 1000000)::bigint)
ON CONFLICT (name) DO UPDATE
SET revision = greatest(database_revision.revision + 1, EXCLUDED.revision)
"""


class Migration(migrations.Migration):

    dependencies = [
        ('network', '0003_postal_regions'),
        ('database', '0001_initial'),
    ]

    operations = [
        migrations.RunSQL("SET LOCAL lock_timeout = '5s'", migrations.RunSQL.noop),
        migrations.CreateModel(
            name='Agreement',
            fields=[
                ('id', models.AutoField(primary_key=True, serialize=False)),
                ('channel', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='network.channel')),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='network.organisation')),
            ],
            options={
                'db_table': 'network_agreement',
                'constraints': [models.UniqueConstraint(fields=('organisation', 'channel'), name='network_agreement_once')],
            },
        ),
        migrations.RunSQL(GRANDFATHER, migrations.RunSQL.noop),
        migrations.RunSQL(BUMP, migrations.RunSQL.noop),
    ]
