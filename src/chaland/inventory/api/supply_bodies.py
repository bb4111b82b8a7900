"""What clients send and are answered about goods on their way."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from chaland.inventory.api.stock import Name, Reference, Serials, Source
from chaland.inventory.types import SupplyKind, SupplyState, SupplyView
from chaland.kernel.ids import to_public
from chaland.web.bulk import ItemsBody
from chaland.web.schemas import Body, Code, Day, Moment, Quantity, View, example

PREFIX = "sup"
SupplyId = Annotated[str, Field(min_length=1, max_length=64)]
Units = Annotated[int, Field(strict=True, ge=0, le=1_000_000)]


class SupplyItem(Body):
    """A line of a purchase order, or of a transfer between two of your locations.

    `reference` and `line` are the names that your purchasing system knows it by: sent again, the
    line gets the new quantity and date. A purchase counts as incoming at its destination at once;
    a transfer has an `origin` and counts when it is dispatched. `expected_at` is when the goods can
    be on the shelf; `supplier` is the code of an organisation.
    """

    model_config = example(
        {
            "reference": "PO-4711",
            "line": "1",
            "sku": "LAMP",
            "destination": "WH",
            "quantity": 120,
            "expected_at": "2026-12-01T08:00:00+01:00",
        }
    )

    kind: SupplyKind = SupplyKind.PURCHASE
    reference: Reference
    line: Annotated[str, Field(max_length=64)] = ""
    sku: Code
    destination: Code
    origin: Code | None = None
    supplier: Code | None = None
    quantity: Quantity
    expected_at: Moment


class SupplyBody(ItemsBody[SupplyItem]):
    """Up to 500 lines of one source."""

    source: Source = "api"


class ReceiptItem(Body):
    """Units of a supply line arrived, `damaged` of them not fit for sale.

    With `close` no more will come: what is open of a purchase is cancelled, of a transfer lost.
    With a `source_ref` (your delivery note) the arrival counts once, however often it is sent.
    Units of a SKU that is followed come with their `lot` (`expires_on` is its last day of sale) or
    `serials`; of a transfer the lots that left are known.
    """

    model_config = example({"supply": "sup_06a9xk2m5v7fn0v9c2q8w4t1dg", "quantity": 12})

    supply: SupplyId
    quantity: Units
    damaged: Units = 0
    close: bool = False
    source_ref: Reference | None = None
    occurred_at: Moment | None = None
    lot: Name | None = None
    expires_on: Day | None = None
    serials: Serials = []
    reason: Annotated[str, Field(max_length=500)] = ""


class CancellationItem(Body):
    """Units of a supply line will not come; all that are open without a `quantity`."""

    model_config = example({"supply": "sup_06a9xk2m5v7fn0v9c2q8w4t1dg", "quantity": 12})

    supply: SupplyId
    quantity: Quantity | None = None
    reason: Annotated[str, Field(max_length=500)] = ""


class DispatchItem(Body):
    """A planned transfer leaves its origin; what of it does not leave now is cancelled.

    Units that are followed by serial leave by their `serials`; of lots the first to expire leave,
    unless one is named.
    """

    model_config = example({"supply": "sup_06a9xk2m5v7fn0v9c2q8w4t1dg"})

    supply: SupplyId
    quantity: Quantity | None = None
    occurred_at: Moment | None = None
    lot: Name | None = None
    serials: Serials = []


class SupplyAnswer(View):
    """Goods on their way; quantities in units.

    `open` is what is still to come, `late` says that some of it should have come already, `lost`
    units were dispatched and never arrived.
    """

    id: str
    kind: SupplyKind
    source: str
    reference: str
    line: str
    sku: str
    destination: str
    origin: str | None
    supplier: str | None
    quantity: int
    received: int
    damaged: int
    cancelled: int
    lost: int
    open: int
    state: SupplyState
    expected_at: datetime
    dispatched_at: datetime | None
    closed_at: datetime | None
    late: bool
    version: int

    @classmethod
    def of(cls, view: SupplyView) -> "SupplyAnswer":
        """Show a supply line."""
        plain = {name: getattr(view, name) for name in cls.model_fields if name != "id"}
        return cls(**plain, id=to_public(PREFIX, view.id))
