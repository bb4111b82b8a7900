"""Tables of the network room."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from chaland.kernel.codes import CODE_PATTERN
from chaland.network.types import Capability, ChannelKind, LocationKind, OrganisationKind

CAPABILITIES = [item.value for item in Capability]
COUNTRY_PATTERN = "^[A-Z]{2}$"


def code_constraint(table: str) -> models.CheckConstraint:
    """Make the rule that a code is what the API says it is."""
    return models.CheckConstraint(condition=Q(code__regex=CODE_PATTERN), name=f"{table}_code")


def one_of(
    table: str, words: type[OrganisationKind | LocationKind | ChannelKind]
) -> models.CheckConstraint:
    """Make the rule that ``kind`` is one of *words*."""
    kinds = [str(item.value) for item in words]
    return models.CheckConstraint(condition=Q(kind__in=kinds), name=f"{table}_kind")


class Organisation(models.Model):
    """A legal entity that owns locations and the stock in them."""

    id = models.AutoField(primary_key=True)
    code = models.TextField(unique=True)
    name = models.TextField()
    kind = models.TextField()
    parent = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="+")
    vat_number = models.TextField(default="", db_default="")
    country = models.TextField()
    active = models.BooleanField(default=True, db_default=True)
    version = models.IntegerField(default=1, db_default=1)

    class Meta:
        db_table = "network_organisation"
        constraints = (
            code_constraint("network_organisation"),
            one_of("network_organisation", OrganisationKind),
            models.CheckConstraint(
                condition=Q(country__regex=COUNTRY_PATTERN), name="network_organisation_country"
            ),
            models.CheckConstraint(
                condition=Q(parent__isnull=True) | ~Q(parent=F("id")),
                name="network_organisation_not_its_own_parent",
            ),
        )


class Location(models.Model):
    """A place that holds stock or hands over goods."""

    id = models.AutoField(primary_key=True)
    code = models.TextField(unique=True)
    name = models.TextField()
    kind = models.TextField()
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    country = models.TextField()
    region = models.TextField(default="", db_default="")
    postal_code = models.TextField()
    city = models.TextField()
    street = models.TextField(default="", db_default="")
    latitude = models.FloatField()
    longitude = models.FloatField()
    time_zone = models.TextField()
    capabilities = ArrayField(models.TextField())
    refused_restrictions = ArrayField(models.TextField(), default=list, db_default=[])
    daily_capacity = models.IntegerField()
    handling_minutes = models.IntegerField()
    cost_per_order = models.DecimalField(max_digits=12, decimal_places=2)
    cost_per_line = models.DecimalField(max_digits=12, decimal_places=2)
    cut_off = models.TimeField()
    open_on_holidays = models.BooleanField(default=False, db_default=False)
    active = models.BooleanField(default=True, db_default=True)
    paused_at = models.DateTimeField(null=True)
    paused_until = models.DateTimeField(null=True)
    pause_reason = models.TextField(default="", db_default="")
    version = models.IntegerField(default=1, db_default=1)

    class Meta:
        db_table = "network_location"
        constraints = (
            code_constraint("network_location"),
            one_of("network_location", LocationKind),
            models.CheckConstraint(
                condition=Q(country__regex=COUNTRY_PATTERN), name="network_location_country"
            ),
            models.CheckConstraint(
                condition=Q(latitude__range=(-90, 90), longitude__range=(-180, 180)),
                name="network_location_on_earth",
            ),
            models.CheckConstraint(
                condition=Q(capabilities__contained_by=CAPABILITIES),
                name="network_location_capabilities",
            ),
            models.CheckConstraint(
                condition=Q(
                    daily_capacity__gte=0,
                    handling_minutes__gte=0,
                    cost_per_order__gte=0,
                    cost_per_line__gte=0,
                ),
                name="network_location_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(paused_at__isnull=False)
                | Q(paused_until__isnull=True, pause_reason=""),
                name="network_location_pause_has_a_start",
            ),
        )


class OpeningHours(models.Model):
    """One opening window of a weekday (0 is Monday), in the location's time zone."""

    id = models.AutoField(primary_key=True)
    location = models.ForeignKey(Location, on_delete=models.CASCADE, related_name="hours")
    weekday = models.SmallIntegerField()
    opens = models.TimeField()
    closes = models.TimeField()

    class Meta:
        db_table = "network_opening_hours"
        constraints = (
            models.UniqueConstraint(
                fields=("location", "weekday", "opens"), name="network_opening_hours_once"
            ),
            models.CheckConstraint(
                condition=Q(weekday__range=(0, 6)), name="network_opening_hours_weekday"
            ),
            # 00:00 closes at midnight, the end of the day.
            models.CheckConstraint(
                condition=Q(closes__gt=F("opens")) | Q(closes="00:00"),
                name="network_opening_hours_forward",
            ),
        )


class Closure(models.Model):
    """Days on which a location is closed, both ends included."""

    id = models.AutoField(primary_key=True)
    location = models.ForeignKey(Location, on_delete=models.CASCADE, related_name="closures")
    starts = models.DateField()
    ends = models.DateField()
    reason = models.TextField(default="", db_default="")

    class Meta:
        db_table = "network_closure"
        constraints = (
            models.UniqueConstraint(
                fields=("location", "starts", "ends"), name="network_closure_once"
            ),
            models.CheckConstraint(
                condition=Q(ends__gte=F("starts")), name="network_closure_forward"
            ),
        )


class LocationGroup(models.Model):
    """A named set of locations, for pools, rules and pilots."""

    id = models.AutoField(primary_key=True)
    code = models.TextField(unique=True)
    name = models.TextField()
    version = models.IntegerField(default=1, db_default=1)

    class Meta:
        db_table = "network_location_group"
        constraints = (code_constraint("network_location_group"),)


class LocationGroupMember(models.Model):
    """One location in one group."""

    id = models.AutoField(primary_key=True)
    group = models.ForeignKey(LocationGroup, on_delete=models.CASCADE, related_name="members")
    location = models.ForeignKey(Location, on_delete=models.CASCADE, related_name="+")

    class Meta:
        db_table = "network_location_group_member"
        constraints = (
            models.UniqueConstraint(
                fields=("group", "location"), name="network_location_group_member_once"
            ),
        )


class Channel(models.Model):
    """Where orders come from, and whose stock they may take."""

    id = models.AutoField(primary_key=True)
    code = models.TextField(unique=True)
    name = models.TextField()
    kind = models.TextField()
    brand = models.TextField(default="", db_default="")
    currency = models.TextField()
    countries = ArrayField(models.TextField())
    pool = models.ForeignKey(LocationGroup, null=True, on_delete=models.PROTECT, related_name="+")
    release_delay_minutes = models.IntegerField(default=0, db_default=0)
    active = models.BooleanField(default=True, db_default=True)
    version = models.IntegerField(default=1, db_default=1)

    class Meta:
        db_table = "network_channel"
        constraints = (
            code_constraint("network_channel"),
            one_of("network_channel", ChannelKind),
            models.CheckConstraint(
                condition=Q(currency__regex="^[A-Z]{3}$"), name="network_channel_currency"
            ),
            models.CheckConstraint(
                condition=Q(countries__len__gte=1), name="network_channel_has_a_country"
            ),
            models.CheckConstraint(
                condition=Q(release_delay_minutes__range=(0, 10080)),
                name="network_channel_release_delay",
            ),
        )


class Agreement(models.Model):
    """That an organisation lets a channel sell the stock that it owns."""

    id = models.AutoField(primary_key=True)
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="+")
    channel = models.ForeignKey(Channel, on_delete=models.CASCADE, related_name="+")

    class Meta:
        db_table = "network_agreement"
        constraints = (
            models.UniqueConstraint(
                fields=("organisation", "channel"), name="network_agreement_once"
            ),
        )


class PostalArea(models.Model):
    """Where a postal code is, as the retailer loaded it; it goes before the built-in table.

    ``lookup`` is the code as it is compared: in capitals, without spaces and dashes. ``source`` is
    ``api``, or the file format it was imported from: an import replaces only what imports wrote.
    """

    pk = models.CompositePrimaryKey("country", "postal_code")
    country = models.TextField()
    postal_code = models.TextField()
    lookup = models.GeneratedField(
        expression=models.Func(
            models.F("postal_code"),
            function="network_postal_lookup",
            output_field=models.TextField(),
        ),
        output_field=models.TextField(db_collation="C"),
        db_persist=True,
    )
    name = models.TextField()
    region = models.TextField(default="", db_default="")
    source = models.TextField(default="api", db_default="api")
    latitude = models.FloatField()
    longitude = models.FloatField()

    class Meta:
        db_table = "network_postal_area"
        indexes = (models.Index(fields=("country", "lookup"), name="network_postal_area_lookup"),)
        constraints = (
            models.CheckConstraint(
                condition=Q(source__in=["api", "geonames"]), name="network_postal_area_source"
            ),
            models.CheckConstraint(
                condition=Q(latitude__range=(-90, 90), longitude__range=(-180, 180)),
                name="network_postal_area_on_earth",
            ),
        )
