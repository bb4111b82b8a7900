"""Postal codes are compared without spaces and dashes, and know their region and where they are from."""

from django.db import migrations, models

LOOKUP = r"""
-- The form in which postal codes are compared: capitals, no spaces, no dashes, no letters of the country
-- before the digits ("L-4968" is 4968, "624 66" is 62466, "1012 ab" is 1012AB).
CREATE FUNCTION network_postal_lookup(postal_code text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN regexp_replace(regexp_replace(upper(postal_code), '^[A-Z]{1,3}-([0-9])', '\1'), '[ -]', '', 'g');
"""


class Migration(migrations.Migration):

    dependencies = [("network", "0001_initial")]

    operations = [
        migrations.RunSQL(LOOKUP, "DROP FUNCTION network_postal_lookup(text)"),
        migrations.AddField(
            model_name="postalarea",
            name="lookup",
            field=models.GeneratedField(
                db_persist=True,
                expression=models.Func(
                    models.F("postal_code"),
                    function="network_postal_lookup",
                    output_field=models.TextField(),
                ),
                output_field=models.TextField(db_collation="C"),
            ),
        ),
        migrations.AddField(
            model_name="postalarea",
            name="region",
            field=models.TextField(db_default="", default=""),
        ),
        migrations.AddField(
            model_name="postalarea",
            name="source",
            field=models.TextField(db_default="api", default="api"),
        ),
        migrations.AddIndex(
            model_name="postalarea",
            index=models.Index(fields=["country", "lookup"], name="network_postal_area_lookup"),
        ),
        migrations.AddConstraint(
            model_name="postalarea",
            constraint=models.CheckConstraint(
                condition=models.Q(source__in=["api", "geonames"]),
                name="network_postal_area_source",
            ),
        ),
    ]
