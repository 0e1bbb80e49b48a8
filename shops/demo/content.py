"""The demonstration's texts, as the files beside this one tell them."""

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

_FOLDER = Path(__file__).parent
#: One table of a file, under the keys that the file's first lines explain.
Told = dict[str, Any]

_ALLERGENS = {
    "celery": "céleri",
    "eggs": "œufs",
    "fish": "poisson",
    "gluten": "gluten",
    "milk": "lait",
    "mustard": "moutarde",
    "nuts": "fruits à coque",
    "sesame": "sésame",
    "soybeans": "soja",
    "sulphites": "sulfites",
}


@cache
def read(name: str) -> Told:
    """A file of this folder, by its name without ending."""
    return tomllib.loads((_FOLDER / f"{name}.toml").read_text())


def cooperative() -> Told:
    found: Told = read("cooperative")["cooperative"]
    return found


def producers() -> list[Told]:
    return list(read("producers")["producer"])


def shops() -> list[Told]:
    """Shops and hubs; those of a producer completed with what is told of the producer."""
    identities = {told["permalink"]: told for told in producers()}
    return [{**identities.get(told.get("producer", ""), {}), **told} for told in read("shops")["shop"]]


def shoppers() -> list[Told]:
    return list(read("shoppers")["shopper"])


def products(producer: str) -> list[Told]:
    """What a producer sells, by its key."""
    return list(read(f"products/{producer}")["product"])


def label(told: Told) -> str:
    """A label as profiles show it: "AB, FR-BIO-01"."""
    return ", ".join(told[key] for key in ("name", "certifier") if key in told)


def allergens(told: Told) -> str:
    return ", ".join(_ALLERGENS[word] for word in told.get("allergens", []))


def description(told: Told) -> str:
    """What the product's page says, with what is in it and how it keeps."""
    parts = [told["description"]]
    if "ingredients" in told:
        parts.append(f"Ingrédients\u202f: {_sentence(told['ingredients'])}")
    if "storage" in told:
        parts.append(f"Conservation\u202f: {_sentence(told['storage'])}")
    return "\n\n".join(parts)


def _sentence(text: str) -> str:
    return f"{text[0].lower()}{text[1:].removesuffix('.')}."
