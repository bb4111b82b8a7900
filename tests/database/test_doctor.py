"""The doctor says what is wrong, and how to mend it."""

import json

import pytest
from django.db import connection
from pytest_django import Settings

from chaland.database import doctor
from chaland.database.doctor import Finding, Health
from chaland.database.statements import fetch_all

pytestmark = pytest.mark.django_db


def find(check: str) -> Finding:
    (found,) = [finding for finding in doctor.examine() if finding.check == check]
    return found


def run(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


def test_a_sound_installation_has_nothing_wrong() -> None:
    wrong = [finding for finding in doctor.examine() if finding.health is Health.WRONG]
    assert not wrong
    assert doctor.as_json(doctor.examine())["healthy"] is True


def test_everything_found_can_be_told_to_a_machine() -> None:
    told = json.loads(json.dumps(doctor.as_json(doctor.examine())))
    assert {"server version", "migrations", "constraints", "disk space", "secret key"} <= {
        finding["check"] for finding in told["findings"]
    }


def test_a_missing_constraint_is_wrong() -> None:
    run("ALTER TABLE database_revision DROP CONSTRAINT database_revision_not_negative")
    finding = find("constraints")
    assert finding.health is Health.WRONG
    assert "database_revision_not_negative" in finding.found
    assert finding.fix


def test_a_constraint_that_was_never_validated_is_wrong() -> None:
    run("ALTER TABLE database_revision DROP CONSTRAINT database_revision_not_negative")
    run(
        "ALTER TABLE database_revision ADD CONSTRAINT database_revision_not_negative"
        " CHECK (revision >= 0) NOT VALID"
    )
    assert find("constraints").health is Health.WRONG


def test_a_migration_that_was_not_applied_is_wrong() -> None:
    run("DELETE FROM django_migrations WHERE app = 'database'")
    finding = find("migrations")
    assert finding.health is Health.WRONG
    assert finding.fix == "run: chaland migrate"


def test_no_fsync_is_wrong_where_data_is_worth_keeping(settings: Settings) -> None:
    settings.CHALAND_ENV = "production"
    ((value,),) = fetch_all("SHOW fsync")
    assert (find("fsync").health is Health.WRONG) is (value == "off")


def test_a_short_secret_is_wrong(settings: Settings) -> None:
    settings.SECRET_KEY = "short"
    assert find("secret key").health is Health.WRONG


def test_debug_in_production_is_wrong(settings: Settings) -> None:
    settings.PRODUCTION = True
    settings.DEBUG = True
    assert find("environment").health is Health.WRONG
