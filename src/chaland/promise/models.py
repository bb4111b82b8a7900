"""Tables of the promise room."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from chaland.kernel.codes import CODE_PATTERN
from chaland.promise.types import OriginKind, ServiceKind

KINDS = [item.value for item in ServiceKind]
ORIGINS = [item.value for item in OriginKind]


class Carrier(models.Model):
    """A company that carries parcels."""

    id = models.AutoField(primary_key=True)
    code = models.TextField(unique=True)
    name = models.TextField()

    class Meta:
        db_table = "promise_carrier"
        constraints = (
            models.CheckConstraint(
                condition=Q(code__regex=CODE_PATTERN), name="promise_carrier_code"
            ),
        )


class CarrierService(models.Model):
    """One thing a carrier sells: when it collects and delivers, how long it takes, what it costs.

    ``transit``, ``tariff`` and ``charges`` are JSON, checked before they are written.
    """

    id = models.AutoField(primary_key=True)
    code = models.TextField(unique=True)
    name = models.TextField()
    carrier = models.ForeignKey(Carrier, on_delete=models.PROTECT, related_name="+")
    kind = models.TextField()
    collection_weekdays = ArrayField(models.SmallIntegerField())
    last_collection = models.TimeField()
    delivery_weekdays = ArrayField(models.SmallIntegerField())
    delivers_on_holidays = models.BooleanField()
    delivery_from = models.TimeField()
    delivery_until = models.TimeField()
    transit = models.JSONField()
    tariff = models.JSONField()
    countries = ArrayField(models.TextField())
    co2_grams_per_kg_km = models.DecimalField(max_digits=8, decimal_places=4)
    stated_confidence = models.DecimalField(max_digits=5, decimal_places=4)
    active = models.BooleanField()
    charges = models.JSONField(default=dict, db_default=models.Value({}, models.JSONField()))
    refused_restrictions = ArrayField(models.TextField(), default=list, db_default=[])
    version = models.IntegerField()

    class Meta:
        db_table = "promise_carrier_service"
        constraints = (
            models.CheckConstraint(
                condition=Q(code__regex=CODE_PATTERN), name="promise_carrier_service_code"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=KINDS), name="promise_carrier_service_kind"
            ),
            models.CheckConstraint(
                condition=Q(delivery_from__lt=models.F("delivery_until")),
                name="promise_carrier_service_delivery_hours",
            ),
            models.CheckConstraint(
                condition=Q(stated_confidence__gt=0, stated_confidence__lte=1),
                name="promise_carrier_service_confidence",
            ),
            models.CheckConstraint(
                condition=Q(co2_grams_per_kg_km__gte=0), name="promise_carrier_service_co2"
            ),
        )


class RateCard(models.Model):
    """What one service costs from a day on, from all sites, a group of them or one.

    ``rows`` are the prices as JSON, checked before they are written.
    """

    id = models.UUIDField(primary_key=True)
    service = models.ForeignKey(CarrierService, on_delete=models.PROTECT, related_name="+")
    valid_from = models.DateField()
    origin_kind = models.TextField()
    origin = models.TextField()
    rows = models.JSONField()
    version = models.IntegerField()

    class Meta:
        db_table = "promise_rate_card"
        constraints = (
            models.UniqueConstraint(
                fields=["service", "origin_kind", "origin", "valid_from"],
                name="promise_rate_card_once",
            ),
            models.CheckConstraint(
                condition=Q(origin_kind__in=ORIGINS), name="promise_rate_card_origin_kind"
            ),
            models.CheckConstraint(
                condition=Q(origin_kind="all", origin="")
                | (~Q(origin_kind="all") & Q(origin__regex=CODE_PATTERN)),
                name="promise_rate_card_origin",
            ),
        )


class DeliveryPriceTable(models.Model):
    """What customers pay for delivery, by area, value and weight; ``rows`` as JSON.

    ``channel`` and ``service`` are codes, empty for any.
    """

    id = models.AutoField(primary_key=True)
    code = models.TextField(unique=True)
    method = models.TextField()
    channel = models.TextField()
    service = models.TextField()
    rows = models.JSONField()
    version = models.IntegerField()

    class Meta:
        db_table = "promise_delivery_price"
        constraints = (
            models.UniqueConstraint(
                fields=["method", "channel", "service"], name="promise_delivery_price_once"
            ),
            models.CheckConstraint(
                condition=Q(code__regex=CODE_PATTERN), name="promise_delivery_price_code"
            ),
            models.CheckConstraint(
                condition=Q(method__in=["ship", "pickup"]), name="promise_delivery_price_method"
            ),
        )


class PromiseTerms(models.Model):
    """How sure promises shall be and how long sites may be silent, for a channel and a location."""

    id = models.AutoField(primary_key=True)
    code = models.TextField(unique=True)
    channel = models.TextField()
    location = models.TextField()
    confidence = models.FloatField(null=True)
    answer_minutes = models.IntegerField(null=True)
    most_refusals = models.IntegerField(null=True)
    at_risk_below = models.FloatField(null=True)
    version = models.IntegerField()

    class Meta:
        db_table = "promise_terms"
        constraints = (
            models.UniqueConstraint(fields=["channel", "location"], name="promise_terms_once"),
            models.CheckConstraint(
                condition=Q(code__regex=CODE_PATTERN), name="promise_terms_code"
            ),
            models.CheckConstraint(
                condition=Q(confidence__isnull=True) | Q(confidence__range=(0.5, 0.995)),
                name="promise_terms_confidence",
            ),
            models.CheckConstraint(
                condition=Q(at_risk_below__isnull=True) | Q(at_risk_below__range=(0.01, 0.99)),
                name="promise_terms_at_risk_below",
            ),
            models.CheckConstraint(
                condition=(Q(answer_minutes__isnull=True) | Q(answer_minutes__gte=1))
                & (Q(most_refusals__isnull=True) | Q(most_refusals__gte=1)),
                name="promise_terms_counts",
            ),
        )


class PromiseObservation(models.Model):
    """What was promised for one fulfilment order, and what happened to it; null: not yet.

    ``confidence`` is this part's own. ``handling_seconds`` is opening time from release until the
    goods were packed or ready. ``done_at`` is the delivery, or the goods being ready for pickup.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    order_id = models.UUIDField()
    channel = models.TextField()
    site = models.TextField()
    method = models.TextField()
    service = models.TextField()
    carrier = models.TextField()
    origin = models.TextField()
    country = models.TextField()
    destination = models.TextField()
    distance_km = models.FloatField(null=True)
    weight_grams = models.IntegerField(null=True)
    items = models.IntegerField()
    ordered_at = models.DateTimeField()
    released_at = models.DateTimeField(null=True)
    handed_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)
    handling_seconds = models.IntegerField(null=True)
    promised_earliest = models.DateTimeField(null=True)
    promised_latest = models.DateTimeField(null=True)
    confidence = models.FloatField(null=True)
    basis = models.TextField()

    class Meta:
        db_table = "promise_observation"
        indexes = (
            # What is learned from, and what is shown, is the latest; the oldest is forgotten.
            models.Index(fields=["ordered_at"], name="promise_observation_ordered"),
        )
        constraints = (
            models.CheckConstraint(
                condition=Q(method__in=["ship", "pickup"]), name="promise_observation_method"
            ),
            models.CheckConstraint(
                condition=Q(basis__in=["", "stated", "learned"]), name="promise_observation_basis"
            ),
        )


class LearnedPromises(models.Model):
    """What was learned at one moment, as JSON; the newest counts."""

    id = models.AutoField(primary_key=True)
    learned_at = models.DateTimeField()
    observations = models.IntegerField()
    state = models.JSONField()

    class Meta:
        db_table = "promise_learned"


class PromiseRisk(models.Model):
    """A promise that was told to be at risk, once, and the new window if there was one."""

    id = models.UUIDField(primary_key=True, editable=False)
    order_id = models.UUIDField(db_index=True)
    site = models.TextField()
    told_at = models.DateTimeField()
    chance = models.FloatField()
    reason = models.TextField()
    outcome = models.TextField()
    promised_earliest = models.DateTimeField(null=True)
    promised_latest = models.DateTimeField()
    renewed_latest = models.DateTimeField(null=True)

    class Meta:
        db_table = "promise_risk"
        indexes = (models.Index(fields=["told_at"], name="promise_risk_told"),)
        constraints = (
            models.CheckConstraint(
                condition=Q(outcome__in=["told", "elsewhere", "renewed"]),
                name="promise_risk_outcome",
            ),
        )
