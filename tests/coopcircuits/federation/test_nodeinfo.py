"""NodeInfo: what we say, and what is believed of a sister's."""

import json

import pytest

from coopcircuits.federation.codes import language_tag
from coopcircuits.federation.nodeinfo import build_nodeinfo, languages_in


def told(languages: object) -> bytes:
    return json.dumps({"version": "2.1", "metadata": {"languages": languages}}).encode()


def test_what_we_say_is_read_back() -> None:
    raw = build_nodeinfo(software="coopcircuits", version="1", name="Les Paniers", languages=["fr", "en"])
    assert languages_in(raw) == ["fr", "en"]


def test_known_languages_are_kept_once_in_their_usual_spelling() -> None:
    listed = ["FR", "pt-br", "zh-hant-tw", "fr", "xx", "klingon", "", "fr_FR", "en-ZZ", 5, None, ["de"], "oc"]
    assert languages_in(told(listed)) == ["fr", "pt-BR", "zh-Hant-TW", "oc"]


def test_at_most_twenty_are_kept() -> None:
    codes = ["fr", "en", "de", "es", "it", "pt", "nl", "fi", "sv", "da", "nb", "pl"]
    codes += ["cs", "sk", "hu", "ro", "bg", "el", "tr", "ru", "uk", "ar", "he", "hi"]
    assert languages_in(told(codes * 4)) == codes[:20]
    assert languages_in(told(["xx"] * 100 + codes)) == []  # nobody reads on for ever


@pytest.mark.parametrize(
    "raw",
    [b"", b"{", b"[]", b"1", b'{"metadata":[]}', b'{"metadata":{}}', told("fr"), told({"fr": 1}), told(None), b"\xff"],
)
def test_nonsense_is_no_language_and_no_error(raw: bytes) -> None:
    assert languages_in(raw) == []


def test_a_tag_is_language_script_and_country() -> None:
    assert [language_tag(text) for text in ("de-CH", "sr-Latn", "de-1996", "x-private", "a" * 500)] == [
        "de-CH",
        "sr-Latn",
        None,
        None,
        None,
    ]
