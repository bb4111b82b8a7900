"""The route of every kind of stock of one SKU."""

from datetime import datetime

from django.http import HttpRequest
from ninja import Router

from chaland.catalog import queries as catalog
from chaland.inventory import queries
from chaland.inventory.api.lots import LotAnswer
from chaland.inventory.api.supply_bodies import SupplyAnswer
from chaland.inventory.types import KindTotals, StockAt, UnavailableStatus, WholeStock
from chaland.kernel.clock import now
from chaland.network.queries import visible_location_ids
from chaland.network.types import LocationKind
from chaland.web.authorisation import requires
from chaland.web.context import actor_of
from chaland.web.schemas import Code, View

router = Router()


class StockAtAnswer(View):
    """The stock of a SKU at one location.

    `reserved` is for orders, `held` for baskets, `sellable` may still be promised before a
    channel's rules; `statuses` say why the rest cannot be sold. `inbound` comes here, `outbound`
    has left for elsewhere and not arrived. `lots` are told of products that are followed by lot.
    """

    location: str
    name: str
    kind: LocationKind
    organisation: str
    on_hand: int
    reserved: int
    held: int
    sellable: int
    statuses: dict[UnavailableStatus, int]
    incoming: int
    inbound: list[SupplyAnswer]
    outbound: list[SupplyAnswer]
    lots: list[LotAnswer]
    counted_at: datetime | None

    @classmethod
    def of(cls, place: StockAt) -> "StockAtAnswer":
        """Show the stock at one location."""
        plain = {
            name: getattr(place, name)
            for name in cls.model_fields
            if name not in ("statuses", "inbound", "outbound", "lots")
        }
        return cls(
            **plain,
            statuses=dict(place.statuses),
            inbound=[SupplyAnswer.of(line) for line in place.inbound],
            outbound=[SupplyAnswer.of(line) for line in place.outbound],
            lots=[LotAnswer.of(lot) for lot in place.lots],
        )


class KindAnswer(View):
    """The stock of a SKU over all locations of one kind."""

    kind: LocationKind
    locations: int
    on_hand: int
    reserved: int
    held: int
    sellable: int
    unavailable: int
    incoming: int

    @classmethod
    def of(cls, kind: LocationKind, totals: KindTotals) -> "KindAnswer":
        """Show the totals of one kind of location."""
        plain = {name: getattr(totals, name) for name in cls.model_fields if name != "kind"}
        return cls(**plain, kind=kind)


class WholeStockAnswer(View):
    """Every kind of stock of one SKU: warehouses, shops, suppliers' and marketplaces' depots.

    `in_transit` units have left one location for another, `on_order` ones are ordered from
    suppliers; `late` counts those of both that should have come already.
    """

    sku: str
    kinds: list[KindAnswer]
    in_transit: int
    on_order: int
    late: int
    locations: list[StockAtAnswer]

    @classmethod
    def of(cls, sku: str, whole: WholeStock) -> "WholeStockAnswer":
        """Show the whole stock of a SKU."""
        return cls(
            sku=sku,
            kinds=[KindAnswer.of(kind, totals) for kind, totals in sorted(whole.kinds.items())],
            in_transit=whole.in_transit,
            on_order=whole.on_order,
            late=whole.late,
            locations=[StockAtAnswer.of(place) for place in whole.places],
        )


@router.get("/skus/{code}/stock", response=WholeStockAnswer)
@requires("stock:read")
def read_stock_of_sku(request: HttpRequest, code: Code) -> WholeStockAnswer:
    """Tell every kind of stock of one SKU, by location and status, with what is on its way."""
    found = catalog.sku(code)
    whole = queries.stock_of(found.id, visible_location_ids(actor_of(request)), now=now())
    return WholeStockAnswer.of(code, whole)
