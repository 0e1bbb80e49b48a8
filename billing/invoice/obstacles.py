"""What keeps approved statements from being invoiced, gathered for the page that leads to where it is put right."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from billing.invoice.completeness import Missing
from billing.invoice.errors import InvoiceIncomplete, InvoiceRefused
from billing.invoice.services import refuse_unless_complete
from billing.scheme.models import VatTreatment
from billing.statement.models import Statement
from coopcircuits.cooperative import queries
from shops.enterprise.models import Enterprise


@dataclass(frozen=True)
class Obstacles:
    """What the cooperative lacks for every document, and by shop what it lacks or why it is refused."""

    cooperative: list[Missing] = field(default_factory=list)
    law: list[Missing] = field(default_factory=list)
    shops: list[tuple[Enterprise, list[Missing], str]] = field(default_factory=list)


def obstacles(session: Session, statements: Sequence[Statement]) -> Obstacles:
    """Why each of these statements, with its shop, cannot be invoiced today; nothing for those that can."""
    found, cooperative = Obstacles(), queries.cooperative(session)
    if cooperative is None:
        return found
    for statement in statements:
        shop = statement.enterprise
        try:
            refuse_unless_complete(
                session,
                cooperative,
                shop,
                is_gift=statement.vat is VatTreatment.GIFT,
                rate_bp=statement.contribution_tax_bp,
            )
        except InvoiceIncomplete as refusal:
            _sort(found, shop, refusal.params["missing"])
        except InvoiceRefused as refusal:
            found.shops.append((shop, [], str(refusal)))
    return found


def _sort(found: Obstacles, shop: Enterprise, missing: Sequence[Missing]) -> None:
    for item in missing:
        place = {"cooperative": found.cooperative, "law": found.law}.get(item.whose)
        if place is not None and item not in place:
            place.append(item)
    if own := [item for item in missing if item.whose == "shop"]:
        found.shops.append((shop, own, ""))
