"""A product gets the drawing that its name calls for."""

import re
from pathlib import Path

import pytest

from coopcircuits import i18n
from shops.product.categories import category_name, read_category
from shops.product.drawings import NAMES, guess_drawing
from shops.product.models import Category

SPRITE = Path(__file__).resolve().parents[3] / "coopcircuits" / "static" / "sprite" / "produce.svg"


@pytest.mark.parametrize(
    ("name", "category", "drawing"),
    [
        ("Pommes de terre nouvelles", Category.VEGETABLES, "pomme-de-terre"),
        ("Pommes Gala", Category.FRUIT, "pomme"),
        ("Côtelettes d’agneau", Category.MEAT, "agneau"),
        ("Œufs plein air", Category.EGGS, "oeufs"),
        ("Vinaigre", Category.GROCERIES, "lentilles"),
    ],
)
def test_the_name_chooses_the_drawing(name: str, category: Category, drawing: str) -> None:
    assert guess_drawing(name, category) == drawing


def test_every_drawing_exists() -> None:
    assert set(NAMES) <= set(re.findall(r'<symbol[^>]*\bid="([^"]+)"', SPRITE.read_text()))


def test_aisles_are_understood_as_they_are_written() -> None:
    for category in Category:
        for language in i18n.LANGUAGES:
            with i18n.speaking(language):
                assert read_category(category_name(category)) is category
    assert read_category("Fruits & légumes secs") is None
    assert read_category("  LÉGUMES ") is Category.VEGETABLES
    assert read_category("Bread-and-Flour") is Category.BREAD_AND_FLOUR
