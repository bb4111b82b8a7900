"""The stock rules of Tilvert: what its channels may not sell, and one that does nothing."""

from datetime import datetime, timedelta

from chaland.availability.types import RuleKind, RuleScope, StockRule
from chaland.demo.network_plan import TOWN_OF_MERCHANTS, slug

ONLINE = ("app-fr", "marketplace-fr", "web-fr")
NATIONAL = ("marketplace-fr",)


def stock_rules(now: datetime) -> list[StockRule]:
    """Return the rules as they stand on the first day."""
    return [
        StockRule(
            code="derniere-piece",
            name="Dernière pièce au magasin",
            kind=RuleKind.LAST_PIECE,
            scope=RuleScope(channels=ONLINE, methods=("ship",), location_groups=("magasins",)),
        ),
        StockRule(
            code="jouets-de-noel",
            name="Jouets de Noël",
            kind=RuleKind.SAFETY_STOCK,
            units=3,
            scope=RuleScope(channels=ONLINE, categories=("Enfants", "Jouets")),
            starts_at=now - timedelta(days=5),
            ends_at=now + timedelta(days=32),
        ),
        StockRule(
            code="fragile-en-rayon",
            name="Fragile : deux en rayon",
            kind=RuleKind.SAFETY_STOCK,
            units=2,
            scope=RuleScope(channels=NATIONAL, tags=("fragile",), location_groups=("magasins",)),
        ),
        StockRule(
            code="place-de-marche-prudente",
            name="Place de marché : à partir de cinq",
            kind=RuleKind.THRESHOLD,
            units=5,
            scope=RuleScope(channels=NATIONAL),
        ),
        StockRule(
            code="reserve-linge",
            name="Linge de lit : un dixième pour les magasins",
            kind=RuleKind.PERCENTAGE,
            percent=10,
            scope=RuleScope(
                channels=ONLINE, categories=("Linge de lit",), location_groups=("entrepots",)
            ),
        ),
        StockRule(
            code="vins-hors-place-de-marche",
            name="Pas de vin sur la place de marché",
            kind=RuleKind.SWITCH,
            on=False,
            scope=RuleScope(channels=NATIONAL, tags=("alcool",)),
        ),
        StockRule(
            code="retrait-est",
            name="Retrait dans l'Est : ouverture",
            kind=RuleKind.ACTIVATION,
            opens_at=now + timedelta(days=9),
            scope=RuleScope(
                channels=NATIONAL, methods=("pickup",), location_groups=("magasins-est",)
            ),
        ),
        StockRule(
            code="jouets-ancienne-regle",
            name="Jouets, ancienne règle",
            kind=RuleKind.SAFETY_STOCK,
            units=1,
            priority=500,
            scope=RuleScope(channels=ONLINE, categories=("Jouets",)),
            starts_at=now - timedelta(days=5),
            ends_at=now + timedelta(days=32),
        ),
        StockRule(
            code="soldes-luminaires",
            name="Soldes : luminaires en ligne seulement",
            kind=RuleKind.SWITCH,
            on=False,
            active=False,
            scope=RuleScope(
                channels=(f"{slug(TOWN_OF_MERCHANTS)}-en-ville",), categories=("Luminaires",)
            ),
        ),
    ]
