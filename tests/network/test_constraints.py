"""Whatever the code does, the database refuses what cannot be."""

import pytest
from django.db import IntegrityError, transaction

from chaland.database.statements import execute

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("statement", "constraint"),
    [
        ("UPDATE network_location SET latitude = 90.1", "network_location_on_earth"),
        ("UPDATE network_location SET latitude = 'NaN'", "network_location_on_earth"),
        ("UPDATE network_location SET capabilities = '{fly}'", "network_location_capabilities"),
        ("UPDATE network_location SET daily_capacity = -1", "network_location_not_negative"),
        ("UPDATE network_location SET code = code || ' '", "network_location_code"),
        ("UPDATE network_location SET kind = 'castle'", "network_location_kind"),
        ("UPDATE network_location SET country = 'fr'", "network_location_country"),
        ("UPDATE network_location SET pause_reason = 'x'", "network_location_pause_has_a_start"),
        ("UPDATE network_location SET code = 'shop-1'", "network_location_code"),
        ("UPDATE network_opening_hours SET weekday = 7", "network_opening_hours_weekday"),
        ("UPDATE network_opening_hours SET closes = opens", "network_opening_hours_forward"),
        ("UPDATE network_organisation SET parent_id = id", "not_its_own_parent"),
        ("UPDATE network_organisation SET kind = 'x'", "network_organisation_kind"),
        ("DELETE FROM network_organisation", "network_location"),
        (
            (
                "INSERT INTO network_channel (code, name, kind, currency, countries)"
                " VALUES ('w', 'W', 'web', 'EUR', '{}')"
            ),
            "network_channel_has_a_country",
        ),
        (
            (
                "INSERT INTO network_channel (code, name, kind, currency, countries)"
                " VALUES ('w', 'W', 'web', 'euro', '{FR}')"
            ),
            "network_channel_currency",
        ),
        (
            (
                "INSERT INTO network_closure (location_id, starts, ends)"
                " SELECT id, '2026-01-02', '2026-01-01' FROM network_location"
            ),
            "network_closure_forward",
        ),
    ],
)
@pytest.mark.usefixtures("shops")
def test_the_database_is_the_referee(statement: str, constraint: str) -> None:
    execute("SET CONSTRAINTS ALL IMMEDIATE")
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        execute(statement)
