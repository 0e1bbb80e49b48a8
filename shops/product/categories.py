"""The aisles' names, the drawing that stands for each, and how people write them in files."""

from functools import cache

from coopcircuits import i18n
from coopcircuits.i18n import N_, gettext
from coopcircuits.references import plain
from shops.product.models import Category

_NAMES = {
    Category.VEGETABLES: N_("Vegetables"),
    Category.FRUIT: N_("Fruit"),
    Category.DAIRY: N_("Dairy"),
    Category.EGGS: N_("Eggs"),
    Category.BREAD_AND_FLOUR: N_("Bread and flour"),
    Category.GROCERIES: N_("Groceries"),
    Category.MEAT: N_("Meat and poultry"),
    Category.FISH: N_("Fish"),
    Category.DRINKS: N_("Drinks"),
    Category.ALCOHOL: N_("Wine, beer and cider"),
    Category.HONEY_AND_JAM: N_("Honey and jam"),
    Category.PLANTS: N_("Plants and flowers"),
    Category.HOUSEHOLD: N_("Household"),
}

DRAWINGS = {
    Category.VEGETABLES: "carotte",
    Category.FRUIT: "pomme",
    Category.DAIRY: "tomme",
    Category.EGGS: "oeufs",
    Category.BREAD_AND_FLOUR: "pain",
    Category.GROCERIES: "lentilles",
    Category.MEAT: "poulet",
    Category.FISH: "truite",
    Category.DRINKS: "jus",
    Category.ALCOHOL: "vin",
    Category.HONEY_AND_JAM: "miel",
    Category.PLANTS: "fleurs",
    Category.HOUSEHOLD: "savon",
}

#: Other words for an aisle, in French and English and as Open Food Network's instances name theirs.
_SYNONYMS = {
    Category.VEGETABLES: "legumes, legume, legumes frais, maraichage, vegetable, greens, salads, salades, herbs, "
    "herbes, herbes aromatiques, aromatiques, mushrooms, champignons, potatoes, pommes de terre, legumes secs frais",
    Category.FRUIT: "fruits, fruits frais, berries, petits fruits, baies, nuts, noix, fruits a coque",
    Category.DAIRY: "cremerie, produits laitiers, laitages, fromages, fromage, cheese, milk, lait, beurre, butter, "
    "yaourts, yoghurt, dairy products, dairy & eggs, produits laitiers et oeufs",
    Category.EGGS: "oeufs, oeuf, egg, œufs, œuf",
    Category.BREAD_AND_FLOUR: "pains et farines, pain, pains, boulangerie, farine, farines, bakery, bread, flour, "
    "baked goods, boulangerie patisserie, patisserie, viennoiserie",
    Category.GROCERIES: "epicerie, epicerie salee, epicerie sucree, grocery, pantry, pantry goods, pulses, "
    "legumineuses, legumes secs, cereales, grains, pates, pasta, huiles, oils, conserves, preserves, condiments, "
    "plats prepares, prepared food, traiteur, confectionery, confiserie, autre, other, divers",
    Category.MEAT: "viandes et volailles, viande, viandes, volaille, volailles, charcuterie, meat, poultry, "
    "meat & poultry, meat products, boucherie, beef, boeuf, pork, porc, lamb, agneau",
    Category.FISH: "poissons, poisson, poissonnerie, fish & seafood, seafood, fruits de mer, fish and seafood",
    Category.DRINKS: "boissons, boisson, boissons sans alcool, jus, jus de fruits, juice, juices, beverages, "
    "soft drinks, sirops, non-alcoholic drinks, tisanes, infusions",
    Category.ALCOHOL: "boissons alcoolisees, alcool, alcools, vin, vins, biere, bieres, cidre, cidres, spiritueux, "
    "alcoholic drinks, alcoholic beverages, wine, beer, cider, vins, bieres et cidres",
    Category.HONEY_AND_JAM: "miels et confitures, miel, miels, confiture, confitures, honey, jam, jams, honey & jam, "
    "miels, confitures",
    Category.PLANTS: "plantes et fleurs, plants, plantes, plant, fleurs, flowers, seedlings, semences, seeds, "
    "plants et fleurs, pepiniere",
    Category.HOUSEHOLD: "maison, hygiene, entretien, cosmetiques, beaute, savons, soap, household goods, "
    "hygiene et entretien, artisanat, non-food, non alimentaire",
}


def category_name(category: Category) -> str:
    """The aisle's name in the reader's language."""
    return gettext(_NAMES[category])


def read_category(typed: str) -> Category | None:
    """The aisle that a file means: our own key, its name in French or English, or another usual word for it."""
    return _words().get(_bare(typed))


def _bare(text: str) -> str:
    return " ".join(plain(text).replace("œ", "oe").replace("-", " ").replace("&", "and").split())


@cache
def _words() -> dict[str, Category]:
    """Every word for an aisle, with its name in each language."""
    known = {_bare(word): category for category in Category for word in _SYNONYMS[category].split(", ")}
    for language in i18n.LANGUAGES:
        with i18n.speaking(language):
            known |= {_bare(category_name(category)): category for category in Category}
    return known | {_bare(category.value): category for category in Category}
