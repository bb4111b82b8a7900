"""Who Tilvert is and where: organisations, warehouses, shops, suppliers, a town's merchants."""

import re
import unicodedata
from datetime import time
from functools import cache

from chaland.demo.tables import read_table
from chaland.demo.types import HOUSE, OrganisationPlan, Site, Town
from chaland.network.types import OpeningWindow

_SIZES = {"metropolis": 1.0, "city": 0.65, "town": 0.4}
_SATURDAY = 5
_REGIONS = {"57": "57", "67": "6AE", "68": "6AE"}  # Good Friday and 26 December are holidays
_WORKING_DAYS = range(5)
TOWN_OF_MERCHANTS = "Annecy"


def slug(text: str) -> str:
    """Return *text* as a code: ``Saint-Étienne`` becomes ``saint-etienne``."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")


@cache
def organisations() -> tuple[OrganisationPlan, ...]:
    """Return the legal entities, parents first."""
    found = [
        OrganisationPlan(HOUSE, "Groupe Tilvert", "group"),
        OrganisationPlan("tilvert-magasins", "Tilvert Magasins", "subsidiary", HOUSE),
        OrganisationPlan("tilvert-logistique", "Tilvert Logistique", "subsidiary", HOUSE),
    ]
    found += [
        OrganisationPlan(row["code"], row["name"], "franchisee", HOUSE)
        for row in read_table("franchises")
    ]
    found += [
        OrganisationPlan(row["code"], row["name"], "supplier", HOUSE)
        for row in read_table("suppliers")
    ]
    found += [
        OrganisationPlan(row["code"], row["name"], "merchant", HOUSE)
        for row in read_table("merchants")
    ]
    return tuple(found)


@cache
def sites() -> tuple[Site, ...]:
    """Return every place that holds stock: 2 warehouses, 60 shops, 3 suppliers, 10 merchants."""
    return (*_warehouses(), *_shops(), *_suppliers(), *_merchants())


@cache
def towns() -> tuple[Town, ...]:
    """Return the towns that customers live in."""
    return tuple(
        Town(
            row["town"],
            row["postal_code"],
            float(row["latitude"]),
            float(row["longitude"]),
            int(row["inhabitants"]),
        )
        for row in read_table("towns")
    )


def _warehouses() -> list[Site]:
    return [
        Site(
            code=row["code"],
            name=row["name"],
            kind="warehouse",
            organisation="tilvert-logistique",
            street=row["street"],
            postal_code=row["postal_code"],
            city=row["city"],
            latitude=float(row["latitude"]),
            longitude=float(row["longitude"]),
            hours=tuple(OpeningWindow(day, time(6), time(21)) for day in range(6)),
            capabilities=("ship",),
            daily_capacity=int(row["daily_capacity"]),
            handling_minutes=90,
            cost_per_order_cents=95,
            cost_per_line_cents=22,
            cut_off=time(15),
        )
        for row in read_table("warehouses")
    ]


def _shops() -> list[Site]:
    franchisee = {row["territory"]: row["code"] for row in read_table("franchises")}
    found = []
    for row in read_table("towns"):
        if not row["shop_owner"]:
            continue
        size = _SIZES[row["rhythm"]]
        found.append(
            Site(
                code=f"magasin-{slug(row['town'])}",
                name=f"Tilvert {row['town']}",
                kind="store",
                organisation=franchisee.get(row["shop_owner"], "tilvert-magasins"),
                street=_street(row["shop_street"], len(row["town"])),
                postal_code=row["postal_code"],
                city=row["town"],
                latitude=float(row["latitude"]),
                longitude=float(row["longitude"]),
                hours=shop_hours(row["rhythm"]),
                capabilities=("ship", "pickup", "return", "reserve"),
                daily_capacity=round(60 * size),
                handling_minutes=round(150 - 60 * size),
                cost_per_order_cents=160,
                cost_per_line_cents=45,
                cut_off=time(14, 30),
                size=size,
                region=_REGIONS.get(row["postal_code"][:2], ""),
            )
        )
    return found


def _street(name: str, number: int) -> str:
    return f"{7 + 3 * number} {name[0].lower()}{name[1:]}"


def shop_hours(rhythm: str) -> tuple[OpeningWindow, ...]:
    """Return a shop's week: towns rest on Monday morning and at noon, metropolises on no day."""
    if rhythm == "metropolis":
        week = [OpeningWindow(day, time(10), time(20)) for day in range(6)]
        return (*week, OpeningWindow(6, time(11), time(19)))
    if rhythm == "city":
        return (
            OpeningWindow(0, time(14), time(19)),
            *(OpeningWindow(day, time(10), time(19)) for day in range(1, 5)),
            OpeningWindow(_SATURDAY, time(9, 30), time(19, 30)),
        )
    return (
        OpeningWindow(0, time(14), time(19)),
        *(
            opening
            for day in range(1, 6)
            for opening in (
                OpeningWindow(day, time(9, 30), time(12, 15)),
                OpeningWindow(day, time(14), time(19)),
            )
        ),
    )


def _suppliers() -> list[Site]:
    return [
        Site(
            code=f"{row['code']}-depot",
            name=row["name"],
            kind="supplier",
            organisation=row["code"],
            street=row["street"],
            postal_code=row["postal_code"],
            city=row["city"],
            latitude=float(row["latitude"]),
            longitude=float(row["longitude"]),
            hours=tuple(OpeningWindow(day, time(8), time(17)) for day in _WORKING_DAYS),
            capabilities=("ship",),
            daily_capacity=40,
            handling_minutes=int(row["handling_minutes"]),
            cost_per_order_cents=350,
            cost_per_line_cents=60,
            cut_off=time(11),
            seller=row["code"],
        )
        for row in read_table("suppliers")
    ]


def _merchants() -> list[Site]:
    found = []
    for row in read_table("merchants"):
        days = range(1, 6) if row["closed_monday"] == "yes" else range(6)
        opens, closes = time.fromisoformat(row["opens"]), time.fromisoformat(row["closes"])
        found.append(
            Site(
                code=f"{row['code']}-annecy",
                name=row["name"],
                kind="store",
                organisation=row["code"],
                street=row["street"],
                postal_code=row["postal_code"],
                city=row["city"],
                latitude=float(row["latitude"]),
                longitude=float(row["longitude"]),
                hours=tuple(OpeningWindow(day, opens, closes) for day in days),
                capabilities=("ship", "pickup", "reserve"),
                daily_capacity=15,
                handling_minutes=120,
                cost_per_order_cents=120,
                cost_per_line_cents=50,
                cut_off=time(15, 30),
                seller=row["code"],
            )
        )
    return found
