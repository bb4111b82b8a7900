"""Tables of the catalog room."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector
from django.db import models
from django.db.models import F, Q

from chaland.catalog.types import Tracking, VatClass
from chaland.kernel.codes import CODE_PATTERN


class Sku(models.Model):
    """The smallest thing that is sold. ``search_text`` is code, name and category, unaccented."""

    id = models.AutoField(primary_key=True)
    code = models.TextField(unique=True)
    name = models.TextField()
    weight_grams = models.IntegerField()
    length_mm = models.IntegerField(default=0, db_default=0)
    width_mm = models.IntegerField(default=0, db_default=0)
    height_mm = models.IntegerField(default=0, db_default=0)
    category = models.TextField(default="", db_default="")
    tags = ArrayField(models.TextField(), default=list)
    vat_class = models.TextField(default="standard", db_default="standard")
    tracking = models.TextField(default="none", db_default="none")
    unit_cost = models.DecimalField(
        max_digits=12, decimal_places=4, null=True, help_text="in the group's currency"
    )
    restrictions = ArrayField(models.TextField(), default=list)
    ships_alone = models.BooleanField(default=False, db_default=False)
    active = models.BooleanField(default=True, db_default=True)
    is_kit = models.BooleanField(default=False, db_default=False)
    search_text = models.TextField(default="", db_default="")
    version = models.IntegerField(default=1, db_default=1)

    class Meta:
        db_table = "catalog_sku"
        constraints = (
            models.CheckConstraint(condition=Q(code__regex=CODE_PATTERN), name="catalog_sku_code"),
            models.CheckConstraint(
                condition=Q(
                    weight_grams__gte=0, length_mm__gte=0, width_mm__gte=0, height_mm__gte=0
                ),
                name="catalog_sku_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(vat_class__in=[item.value for item in VatClass]),
                name="catalog_sku_vat_class",
            ),
            models.CheckConstraint(
                condition=Q(tracking__in=[item.value for item in Tracking]),
                name="catalog_sku_tracking",
            ),
            models.CheckConstraint(
                condition=Q(tracking="none") | Q(is_kit=False), name="catalog_sku_kit_not_tracked"
            ),
            models.CheckConstraint(
                condition=Q(unit_cost__isnull=True) | Q(unit_cost__gte=0),
                name="catalog_sku_unit_cost",
            ),
        )
        indexes = (
            GinIndex(SearchVector("search_text", config="simple"), name="catalog_sku_search"),
            models.Index(fields=("category",), name="catalog_sku_category"),
            # Few SKUs are tracked: whether any of a batch is, is answered by a tiny index.
            models.Index(fields=("id",), condition=~Q(tracking="none"), name="catalog_sku_tracked"),
        )


class Gtin(models.Model):
    """A bar code, written as GTIN-14 so that each names one SKU; ``shown`` is how it was given."""

    gtin = models.TextField(primary_key=True)
    sku = models.ForeignKey(Sku, on_delete=models.CASCADE, related_name="gtins")
    shown = models.TextField()

    class Meta:
        db_table = "catalog_gtin"
        constraints = (
            models.CheckConstraint(
                condition=Q(gtin__regex="^[0-9]{14}$"), name="catalog_gtin_14_digits"
            ),
        )


class KitComponent(models.Model):
    """How many of a SKU one kit holds."""

    id = models.AutoField(primary_key=True)
    kit = models.ForeignKey(Sku, on_delete=models.CASCADE, related_name="components")
    component = models.ForeignKey(Sku, on_delete=models.PROTECT, related_name="kits")
    quantity = models.IntegerField()

    class Meta:
        db_table = "catalog_kit_component"
        constraints = (
            models.UniqueConstraint(fields=("kit", "component"), name="catalog_kit_component_once"),
            models.CheckConstraint(
                condition=Q(quantity__range=(1, 1000)), name="catalog_kit_component_quantity"
            ),
            models.CheckConstraint(
                condition=~Q(kit=F("component")), name="catalog_kit_component_not_itself"
            ),
        )
