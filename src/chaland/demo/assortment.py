"""What Tilvert sells: 5,000 articles with GTINs, prices, sizes and weights, the same for a seed."""

from dataclasses import replace
from functools import cache
from itertools import islice, product
from random import Random

from chaland.demo.tables import read_table
from chaland.demo.types import HOUSE_SELLER, Article

ARTICLES = 5_000
KITS = 40
_LARGEST_RANGE = {"supplier": 200, "merchant": 40}
_COLOURS = (
    "blanc cassé",
    "bleu nuit",
    "vert sauge",
    "terracotta",
    "ocre",
    "gris perle",
    "rose poudré",
    "noir mat",
    "sable",
    "bleu canard",
    "lin naturel",
    "moutarde",
    "vert olive",
    "bordeaux",
    "ardoise",
    "lavande",
)
_KITS = (
    ("Coffret petit-déjeuner", (("BOL", 2), ("MUG", 2))),
    ("Service de table pour quatre", (("ASP", 4), ("ASC", 4))),
    ("Parure de lit", (("HOU", 1), ("TAI", 2))),
    ("Ensemble de bain", (("DDB", 2), ("SDT", 2), ("TDB", 1))),
)
_LAST_PRICE_WITH_CENTS = 100
_GTIN_PREFIX = "20"  # kept by GS1 for use inside one company: it can be nobody else's product


def check_digit(digits: str) -> str:
    """Return the GS1 check digit of a number written without it."""
    total = sum(
        int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(digits))
    )
    return str(-total % 10)


def gtin_13(number: int) -> str:
    """Return the GTIN-13 of the *number*-th article (below 10¹⁰)."""
    body = f"{_GTIN_PREFIX}{number:010d}"
    return body + check_digit(body)


@cache
def assortment(seed: int) -> tuple[Article, ...]:
    """Return the whole range: the sellers' own articles, the house's, and kits made of them."""
    random = Random(seed)  # noqa: S311 - an invented range, not a secret
    others = [
        article
        for kind in ("supplier", "merchant")
        for row in read_table(f"{kind}s")
        for article in _variants_of(row["code"], _LARGEST_RANGE[kind])
    ]
    house = _variants_of(HOUSE_SELLER, ARTICLES - KITS - len(others))
    plain = house + others
    kits = _kits({article.name: article for article in house})
    articles = plain + kits
    ranks = list(range(len(articles)))
    random.shuffle(ranks)
    return tuple(
        replace(article, rank=rank, gtin=gtin_13(1_000_000 + index * 7))
        for index, (article, rank) in enumerate(zip(articles, ranks, strict=True))
    )


def _variants_of(seller: str, count: int) -> list[Article]:
    """Return *count* articles of a seller, or all there are, taken evenly from its families."""
    families = [
        [
            _article(row, number, option, colour)
            for number, (colour, option) in enumerate(_axes(row), start=1)
        ]
        for row in read_table("families")
        if row["seller"] == seller
    ]
    longest = max(len(family) for family in families)
    turns = (family[turn] for turn in range(longest) for family in families if turn < len(family))
    return sorted(islice(turns, count), key=lambda article: article.code)


def _axes(row: dict[str, str]) -> "product[tuple[str, str]]":
    colours = _COLOURS if row["colours"] == "yes" else ("",)
    return product(colours, row["options"].split("|"))


def _article(row: dict[str, str], number: int, option: str, colour: str) -> Article:
    label, factor_text = option.split("*")
    factor = float(factor_text)
    name = f"{row['name']}, {label}" + (f", {colour}" if colour else "")
    side = factor ** (1 / 3)
    return Article(
        code=f"{row['prefix']}-{number:03d}",
        name=name,
        gtin="",
        seller=row["seller"],
        category=row["category"],
        price_cents=_retail_price(float(row["price"]) * factor),
        weight_grams=max(10, round(float(row["weight_grams"]) * factor)),
        length_mm=round(int(row["length_mm"]) * side),
        width_mm=round(int(row["width_mm"]) * side),
        height_mm=max(2, round(int(row["height_mm"]) * side)),
        vat_class=row["vat_class"],
        tags=tuple(row["tags"].split("|")),
        rank=0,
    )


def _retail_price(euros: float) -> int:
    """Return cents that end as prices do: ,90 up to 100 €, whole euros above."""
    whole = max(1, round(euros))
    return whole * 100 if whole > _LAST_PRICE_WITH_CENTS else whole * 100 - 10


def _kits(house: dict[str, Article]) -> list[Article]:
    """Return kits whose components share a colour; a tenth off the sum of their prices."""
    by_prefix_and_colour: dict[tuple[str, str], Article] = {}
    for name, article in house.items():
        by_prefix_and_colour.setdefault(
            (article.code.partition("-")[0], name.rpartition(", ")[2]), article
        )
    found: list[Article] = []
    for colour, (label, parts) in product(_COLOURS, _KITS):
        components = [(by_prefix_and_colour[prefix, colour], units) for prefix, units in parts]
        found.append(
            Article(
                code=f"KIT-{len(found) + 1:03d}",
                name=f"{label}, {colour}",
                gtin="",
                seller=HOUSE_SELLER,
                category="Coffrets",
                price_cents=_retail_price(
                    sum(item.price_cents * units for item, units in components) / 111
                ),
                weight_grams=sum(item.weight_grams * units for item, units in components),
                length_mm=max(item.length_mm for item, _ in components),
                width_mm=max(item.width_mm for item, _ in components),
                height_mm=sum(item.height_mm * units for item, units in components),
                vat_class="standard",
                tags=("coffret", "cadeau"),
                rank=0,
                components=tuple((item.code, units) for item, units in components),
            )
        )
        if len(found) == KITS:
            break
    return found
