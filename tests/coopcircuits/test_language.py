"""Languages, and the way back to where one was."""

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from coopcircuits.language import back_to


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://evil.example",
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/\t/evil.example",
        "/\r\nSet-Cookie: x=1",
        "\u2028//evil.example",
        "javascript:alert(1)",
        "evil.example",
        "",
    ],
)
def test_the_way_back_never_leads_elsewhere(elsewhere: str) -> None:
    assert back_to(elsewhere) == "/"


@given(st.text(alphabet="/\\.:@%?#\t\n\r ae0é\u2028", max_size=12))
def test_the_way_back_is_always_a_path_of_ours(target: str) -> None:
    way = back_to(target)
    assert way.startswith("/")
    assert not way.startswith(("//", "/\\"))
    assert way.isprintable()


def test_a_path_of_ours_is_kept() -> None:
    assert back_to("/shops?near=26150&page=2") == "/shops?near=26150&page=2"


def test_a_chosen_language_is_remembered(client: FlaskClient) -> None:
    answer = client.get("/language/en?next=/log-in")
    assert answer.location == "/log-in"
    page = client.get("/log-in")
    assert page.headers["Content-Language"] == "en"
    assert '<html lang="en"' in page.get_data(as_text=True)


def test_an_unknown_language_changes_nothing(client: FlaskClient) -> None:
    assert "Set-Cookie" not in client.get("/language/xx?next=//evil.example").headers
    assert client.get("/log-in", headers={"Accept-Language": "tlh, de;q=0.5"}).headers["Content-Language"] == "fr"
