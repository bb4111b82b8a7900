"""Routes of strategies, and of how joint choices went."""

from chaland.sourcing.api.bodies import StrategyBody
from chaland.sourcing.api.drafts import router as drafts_router
from chaland.sourcing.api.reoptimisations import router as reoptimisations_router
from chaland.sourcing.api.strategies import router as strategies_router
from chaland.sourcing.api.views import FindingView

routers = [("", drafts_router), ("", strategies_router), ("", reoptimisations_router)]

__all__ = ["FindingView", "StrategyBody", "routers"]
