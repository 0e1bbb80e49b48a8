"""Names of the tax categories, and how files spell them."""

from functools import cache

from coopcircuits import i18n
from coopcircuits.i18n import N_, gettext
from coopcircuits.references import plain
from coopcircuits.tax import TaxCategory

_NAMES = {
    TaxCategory.FOOD: N_("Food"),
    TaxCategory.INTERMEDIATE: N_("Intermediate rate"),
    TaxCategory.STANDARD: N_("Standard rate"),
    TaxCategory.SPECIAL: N_("Special rate"),
    TaxCategory.EXEMPT: N_("Exempt"),
}

_SYNONYMS = {
    TaxCategory.FOOD: "food, reduced, reduit, reduite, taux reduit, tva reduite, alimentaire, alimentation, "
    "produits alimentaires, 5,5, 5.5, 5,5%, 5.5%, tva 5,5%, tva 5.5%, 5,50%, 5.50%",
    TaxCategory.INTERMEDIATE: "intermediate, intermediaire, taux intermediaire, 10, 10%, tva 10%, 10,00%, 10.00%",
    TaxCategory.STANDARD: "standard, normal, normale, taux normal, plein, full, 20, 20%, tva 20%, 20,00%, 20.00%",
    TaxCategory.SPECIAL: "special, particulier, taux particulier, 2,1, 2.1, 2,1%, 2.1%, tva 2,1%",
    TaxCategory.EXEMPT: "exempt, exonere, exoneree, none, aucune, aucun, zero, 0, 0%, tva 0%, sans tva, no tax",
}


def tax_name(category: TaxCategory) -> str:
    """The category's name in the reader's language."""
    return gettext(_NAMES[category])


def read_tax(typed: str) -> TaxCategory | None:
    """The tax category that a file means, by name or by its usual rate."""
    return _words().get(_bare(typed))


def _bare(text: str) -> str:
    return plain(text).replace(" %", "%")


@cache
def _words() -> dict[str, TaxCategory]:
    """Every word for a tax category, with its name in each language."""
    known = {_bare(word): category for category in TaxCategory for word in _SYNONYMS[category].split(", ")}
    for language in i18n.LANGUAGES:
        with i18n.speaking(language):
            known |= {_bare(tax_name(category)): category for category in TaxCategory}
    return known | {_bare(category.value): category for category in TaxCategory}
