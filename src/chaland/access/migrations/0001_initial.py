import chaland.kernel.ids
import django.contrib.postgres.fields
import django.db.models.functions.datetime
import django.db.models.functions.text
from django.db import migrations, models


FORWARD = """
-- What was written stays. `chaland.truncate` is set by the test suite, which empties tables.
CREATE FUNCTION access_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'TRUNCATE' AND current_setting('chaland.truncate', true) = 'allowed' THEN
        RETURN NULL;
    END IF;
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
END
$$;
CREATE TRIGGER access_audit_entry_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON access_audit_entry
    FOR EACH STATEMENT EXECUTE FUNCTION access_refuse_change();
"""

REVERSE = """
DROP TRIGGER access_audit_entry_append_only ON access_audit_entry;
DROP FUNCTION access_refuse_change();
"""


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='User',
            fields=[
                ('password', models.CharField(max_length=128, verbose_name='password')),
                ('last_login', models.DateTimeField(blank=True, null=True, verbose_name='last login')),
                ('id', models.UUIDField(default=chaland.kernel.ids.new_uuid, primary_key=True, serialize=False)),
                ('email', models.EmailField(max_length=254, unique=True)),
                ('display_name', models.CharField(max_length=150)),
                ('language', models.CharField(default='fr', max_length=5)),
                ('role', models.CharField(max_length=32)),
                ('organisations', django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), default=list, size=None)),
                ('locations', django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), default=list, size=None)),
                ('is_active', models.BooleanField(default=True)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('version', models.IntegerField(default=1)),
            ],
            options={
                'db_table': 'access_user',
                'constraints': [models.CheckConstraint(condition=models.Q(('email', django.db.models.functions.text.Lower('email'))), name='access_user_email_lower_case'), models.CheckConstraint(condition=models.Q(('role__in', ['administrator', 'operations', 'customer_service', 'store_associate', 'merchant'])), name='access_user_role')],
            },
        ),
        migrations.CreateModel(
            name='ApiKey',
            fields=[
                ('id', models.UUIDField(primary_key=True, serialize=False)),
                ('name', models.TextField()),
                ('prefix', models.TextField(unique=True)),
                ('digest', models.BinaryField()),
                ('scopes', django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), size=None)),
                ('organisations', django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), null=True, size=None)),
                ('locations', django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), null=True, size=None)),
                ('created_by', models.TextField()),
                ('created_at', models.DateTimeField()),
                ('expires_at', models.DateTimeField(null=True)),
                ('last_used_at', models.DateTimeField(null=True)),
                ('revoked_at', models.DateTimeField(null=True)),
            ],
            options={
                'db_table': 'access_api_key',
                'indexes': [models.Index(fields=['created_at', 'id'], name='access_api_key_list')],
            },
        ),
        migrations.CreateModel(
            name='AuditEntry',
            fields=[
                ('id', models.UUIDField(primary_key=True, serialize=False)),
                ('at', models.DateTimeField()),
                ('actor_kind', models.TextField()),
                ('actor_id', models.TextField()),
                ('actor_label', models.TextField()),
                ('action', models.TextField()),
                ('entity_type', models.TextField()),
                ('entity_id', models.TextField()),
                ('before', models.JSONField(null=True)),
                ('after', models.JSONField(null=True)),
                ('reason', models.TextField(default='')),
                ('request_id', models.TextField(default='')),
            ],
            options={
                'db_table': 'access_audit_entry',
                'indexes': [models.Index(fields=['entity_type', 'entity_id', 'id'], name='access_audit_entity')],
            },
        ),
        migrations.RunSQL(FORWARD, REVERSE),
    ]
