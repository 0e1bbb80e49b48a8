"""Whatever stands in an address, a list shows one of its pages."""

import pytest
from flask import Flask

from coopcircuits.asked import asked_words, page_of, whole_number


@pytest.mark.parametrize(
    ("typed", "number"),
    [("", 1), ("2", 2), ("3", 3), ("4", 3), ("0", 1), ("-1", 1), ("two", 1), ("²", 1), ("9" * 40, 1), ("1e3", 1)],
)
def test_a_page_that_is_there(app: Flask, typed: str, number: int) -> None:
    with app.test_request_context("/shops", query_string={"page": typed}):
        page = page_of(130, 60)
    assert (page.number, page.pages, page.skipped) == (number, 3, (number - 1) * 60)


def test_words_that_a_database_can_look_for(app: Flask) -> None:
    with app.test_request_context("/shops", query_string={"q": "  œufs\x00 \u200bfrais\n" + "x" * 100}):
        assert asked_words(most=12) == "œufs frais"


@pytest.mark.parametrize("typed", ["", "-1", "1.0", "²", "١", "9999999999", "1 2"])
def test_what_is_no_number(typed: str) -> None:
    assert whole_number(typed) is None
