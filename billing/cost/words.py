"""Costs in words."""

from typing import Any

from billing.cost.models import CostCategory, CostKind, CostScope
from coopcircuits.i18n import lazy

CATEGORIES = {
    CostCategory.HOSTING: lazy("Servers"),
    CostCategory.PAYMENT_FEES: lazy("Payment fees"),
    CostCategory.SUPPORT: lazy("Help for shops and shoppers"),
    CostCategory.DEVELOPMENT: lazy("Development"),
    CostCategory.PRODUCT: lazy("Product work"),
    CostCategory.TESTING: lazy("Testing"),
    CostCategory.DESIGN: lazy("Design"),
    CostCategory.TRANSLATION: lazy("Translation"),
    CostCategory.SECURITY: lazy("Security"),
    CostCategory.COORDINATION: lazy("Coordination"),
    CostCategory.LEGAL: lazy("Insurance and law"),
    CostCategory.TOOLS: lazy("Tools"),
    CostCategory.TRAVEL: lazy("Travel"),
    CostCategory.OTHER: lazy("Other"),
}
#: The same for what money is used for: what has no category is the common software.
USES: dict[CostCategory | None, Any] = {None: lazy("Share of the commons")}
USES.update(CATEGORIES.items())
SCOPES = {CostScope.LOCAL: lazy("For this instance"), CostScope.COMMON: lazy("For the common software")}
KINDS = {CostKind.CASH: lazy("Money spent"), CostKind.IN_KIND: lazy("Work given")}
