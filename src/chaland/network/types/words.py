"""The words of the network, as the API and the database write them."""

from enum import StrEnum


class OrganisationKind(StrEnum):
    """What an organisation is to the retail group."""

    GROUP = "group"
    SUBSIDIARY = "subsidiary"
    FRANCHISEE = "franchisee"
    AFFILIATE = "affiliate"
    MERCHANT = "merchant"
    SUPPLIER = "supplier"


OWNERS_OF_THEIR_STOCK = frozenset(
    {
        OrganisationKind.FRANCHISEE,
        OrganisationKind.AFFILIATE,
        OrganisationKind.MERCHANT,
        OrganisationKind.SUPPLIER,
    }
)
"""Whose stock is not the group's: a channel sells it only when they agreed to that channel."""


class LocationKind(StrEnum):
    """What a location is."""

    WAREHOUSE = "warehouse"
    STORE = "store"
    SUPPLIER = "supplier"
    MARKETPLACE = "marketplace"
    PICKUP_POINT = "pickup_point"


class Capability(StrEnum):
    """What a location can do: send parcels, hand over, take back, put aside for a customer."""

    SHIP = "ship"
    PICKUP = "pickup"
    RETURN = "return"
    RESERVE = "reserve"


class ChannelKind(StrEnum):
    """Where orders come from."""

    WEB = "web"
    APP = "app"
    STORE = "store"
    PHONE = "phone"
    MARKETPLACE = "marketplace"
