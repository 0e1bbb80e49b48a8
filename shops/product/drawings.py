"""The drawings a product may have: symbols of ``static/sprite/produce.svg``, named for people."""

from coopcircuits.i18n import N_
from coopcircuits.references import plain
from shops.product.categories import DRAWINGS as OF_CATEGORY
from shops.product.models import Category

NAMES = {
    "tomate": N_("Tomato"),
    "carotte": N_("Carrot"),
    "salade": N_("Lettuce"),
    "courge": N_("Squash"),
    "courgette": N_("Courgette"),
    "concombre": N_("Cucumber"),
    "poivron": N_("Pepper"),
    "aubergine": N_("Aubergine"),
    "pomme-de-terre": N_("Potato"),
    "oignon": N_("Onion"),
    "ail": N_("Garlic"),
    "poireau": N_("Leek"),
    "chou": N_("Cabbage"),
    "chou-fleur": N_("Cauliflower"),
    "brocoli": N_("Broccoli"),
    "epinard": N_("Spinach"),
    "betterave": N_("Beetroot"),
    "radis": N_("Radish"),
    "navet": N_("Turnip"),
    "haricot": N_("Bean"),
    "petit-pois": N_("Pea"),
    "herbes": N_("Herbs"),
    "champignon": N_("Mushroom"),
    "pomme": N_("Apple"),
    "poire": N_("Pear"),
    "fraise": N_("Strawberry"),
    "framboise": N_("Raspberry"),
    "cerise": N_("Cherry"),
    "abricot": N_("Apricot"),
    "peche": N_("Peach"),
    "raisin": N_("Grapes"),
    "kiwi": N_("Kiwi"),
    "prune": N_("Plum"),
    "noix": N_("Walnut"),
    "chataigne": N_("Chestnut"),
    "olives": N_("Olives"),
    "oeufs": N_("Eggs"),
    "lait": N_("Milk"),
    "yaourt": N_("Yoghurt"),
    "beurre": N_("Butter"),
    "creme": N_("Cream"),
    "fromage-de-chevre": N_("Goat cheese"),
    "tomme": N_("Hard cheese"),
    "fromage-bleu": N_("Blue cheese"),
    "pain": N_("Bread"),
    "brioche": N_("Brioche"),
    "farine": N_("Flour"),
    "pates": N_("Pasta"),
    "lentilles": N_("Lentils"),
    "pois-chiche": N_("Chickpeas"),
    "miel": N_("Honey"),
    "confiture": N_("Jam"),
    "compote": N_("Stewed fruit"),
    "jus": N_("Juice"),
    "sirop": N_("Syrup"),
    "tisane": N_("Herbal tea"),
    "cidre": N_("Cider"),
    "vin": N_("Wine"),
    "biere": N_("Beer"),
    "huile": N_("Oil"),
    "soupe": N_("Soup"),
    "poulet": N_("Chicken"),
    "canard": N_("Duck"),
    "boeuf": N_("Beef"),
    "porc": N_("Pork"),
    "agneau": N_("Lamb"),
    "saucisson": N_("Dry sausage"),
    "truite": N_("Trout"),
    "savon": N_("Soap"),
    "plants": N_("Seedlings"),
    "fleurs": N_("Flowers"),
    "panier": N_("Basket"),
}

#: Other first words that mean one of the drawings.
_ALSO = {
    "laitue": "salade",
    "batavia": "salade",
    "mesclun": "salade",
    "mache": "salade",
    "roquette": "salade",
    "potiron": "courge",
    "potimarron": "courge",
    "butternut": "courge",
    "echalote": "oignon",
    "blette": "epinard",
    "basilic": "herbes",
    "persil": "herbes",
    "ciboulette": "herbes",
    "thym": "herbes",
    "nectarine": "peche",
    "mirabelle": "prune",
    "noisette": "noix",
    "marron": "chataigne",
    "oeuf": "oeufs",
    "faisselle": "fromage-de-chevre",
    "picodon": "fromage-de-chevre",
    "chevre": "fromage-de-chevre",
    "bleu": "fromage-bleu",
    "fromage": "tomme",
    "miche": "pain",
    "veau": "boeuf",
    "steak": "boeuf",
    "pintade": "poulet",
    "saucisse": "porc",
    "jambon": "porc",
    "chipolata": "porc",
    "infusion": "tisane",
    "gelee": "confiture",
    "bouquet": "fleurs",
    "nouille": "pates",
    "velout": "soupe",
}


def guess_drawing(product_name: str, category: Category) -> str:
    """The drawing that a product's name calls for ("Pommes de terre nouvelles"), else the one of its aisle."""
    words = [word.rstrip("sx") for word in _bare(product_name).split()]
    for start in range(len(words)):
        for length in (3, 2, 1):
            found = _FIRST_WORDS.get(" ".join(words[start : start + length]))
            if found:
                return found
    return OF_CATEGORY[category]


def _bare(text: str) -> str:
    return plain(text).replace("œ", "oe").replace("’", " ").replace("'", " ").replace("-", " ")


_FIRST_WORDS = {" ".join(part.rstrip("sx") for part in name.split("-")): name for name in NAMES} | {
    word.rstrip("sx"): name for word, name in _ALSO.items()
}
