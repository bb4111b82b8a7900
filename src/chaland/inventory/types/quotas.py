"""Units that other channels must leave to one."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class QuotaGrant:
    """Grant a channel *granted* (≥ 0) units of a position, by the rule called *rule*.

    What the channel has used of an earlier grant stays used, unless ``restart``: then it counts
    from 0 again (a new season, a new campaign). A grant of 0 ends the quota.
    """

    sku_id: int
    location_id: int
    channel_id: int
    granted: int
    rule: str = ""
    restart: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class QuotaPlan:
    """What quotas of some SKUs shall be, as parallel lists, and no others.

    ``units`` is what a channel is granted by the rule called ``rule``; of a ``share`` it is what
    the percentage comes to on the stock of now.
    """

    skus: list[int]
    locations: list[int]
    channels: list[int]
    units: list[int]
    rules: list[str]
    shares: list[bool]


@dataclass(frozen=True, slots=True)
class QuotaReturn:
    """*quantity* (≥ 1) units that a channel sold have come back to a location, fit for sale."""

    sku_id: int
    location_id: int
    channel_id: int
    quantity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class QuotaView:
    """A quota as it is: others must leave ``max(0, granted - used)`` units to the channel."""

    sku_id: int
    location_id: int
    channel_id: int
    granted: int
    used: int
    rule: str
