"""From the words of the demonstration's files to what the services take."""

from coopcircuits.tax import TaxCategory
from shops.demo import content
from shops.demo.content import Told
from shops.enterprise.models import Enterprise, VatStatus
from shops.enterprise.services import Profile
from shops.product.models import UnitKind
from shops.product.services import VariantSpec


def profile(enterprise: Enterprise, told: Told) -> Profile:
    """What a new enterprise says of itself."""
    texts = {
        "summary": told["description"],
        "story": told["story"].strip(),
        "labels": [content.label(label) for label in told.get("labels", [])],
        "banner": told["colour"],
        "drawing": _drawing(told),
        "siret": told["siret"],
        "vat_number": told.get("vat_number", ""),
        "vat_status": VatStatus.REGISTERED if told["vat_status"] == "registered" else VatStatus.SMALL_BUSINESS,
    }
    return Profile(**{**vars(Profile.of(enterprise)), **texts})


def _drawing(told: Told) -> str:
    """A farm is drawn by what it grows most, a hub by its basket."""
    if told.get("suppliers", [told["permalink"]]) != [told["permalink"]]:
        return "panier"
    drawn: list[str] = [product["illustration"] for product in content.products(told["permalink"])]
    return max(drawn, key=lambda name: (drawn.count(name), -drawn.index(name)))


def variant(told: Told, vat: str) -> VariantSpec:
    """One way to buy a product, with the stock of a typical week."""
    on_demand: bool = told.get("on_demand", False)
    shown: str = told.get("display") or told.get("name", "")
    return VariantSpec(
        name=shown,
        sku=told["sku"],
        unit_kind=UnitKind(told["unit"]),
        unit_value=told["size"],
        unit_name=told.get("unit_name", ""),
        price=told["price"],
        tax_category=TaxCategory(vat),
        on_hand=0 if on_demand else told["stock"],
        on_demand=on_demand,
    )
