"""The words for what strategies are made of."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Text = str | Promise

METHODS: dict[str, Text] = {"ship": _("by parcel"), "pickup": _("for pickup")}

LOCATION_KINDS: dict[str, Text] = {
    "warehouse": _("warehouses"),
    "store": _("shops"),
    "supplier": _("suppliers"),
    "marketplace": _("marketplaces"),
    "pickup_point": _("pickup points"),
}

OWNER_KINDS: dict[str, Text] = {
    "group": _("the group"),
    "subsidiary": _("subsidiaries"),
    "franchisee": _("franchisees"),
    "affiliate": _("affiliates"),
    "merchant": _("merchants"),
    "supplier": _("suppliers"),
}

NOTHING_FITS: dict[str, Text] = {
    "refuse": _("refuse the order"),
    "queue": _("let it wait for stock"),
    "back_order": _("promise goods on their way"),
    "ask": _("ask a person"),
    "cancel": _("cancel what cannot be had"),
}

WEIGHTS: dict[str, tuple[Text, Text]] = {
    "freight": (_("Carriage"), _("How often the price of carriage counts: 1 as it is, 0 never.")),
    "handling": (_("Handling"), _("How often the work at the site counts: 1 as it is.")),
    "delay_per_line_day": (_("Waiting"), _("What a day of waiting costs, for each line.")),
    "late_per_line_day": (
        _("Lateness"),
        _("What a day after a promise that was given costs, for each line."),
    ),
    "extra_parcel": (_("Further parcel"), _("What each parcel after the first costs.")),
    "distance_per_km": (_("Distance"), _("What each kilometre of a parcel costs.")),
    "co2_per_kg": (_("CO₂"), _("What each kilogram of CO₂ of the carriage costs.")),
    "capacity": (_("Full day"), _("What an order costs a site whose day is full.")),
    "scarcity": (
        _("Scarce stock"),
        _("How often the worth of the last units to later orders counts."),
    ),
    "unpickable_unit": (
        _("Not found"),
        _("What a unit that is not on the shelf costs, times the chance of it."),
    ),
    "ageing": (_("Ageing stock"), _("How often it counts that stock loses its value.")),
    "owner": (_("Whose stock"), _("How often what rules prefer and avoid counts.")),
}
"""Name and plain meaning of each weight, in the order in which they are shown."""

FIELDS: dict[str, Text] = {
    "name": _("Name"),
    "on": _("On"),
    "go_on": _("Goes on"),
    "circles": _("Where to look"),
    "preferences": _("Preferred and avoided sites"),
    "fairness": _("Fairness among owners"),
    "split": _("Parcels"),
    "split.parcels": _("Parcels"),
    "split.divide_lines": _("Lines may be divided"),
    "nothing_fits": _("When nothing fits"),
}
