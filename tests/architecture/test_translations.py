"""French is complete, in step with the code, and keeps the places that the English names."""

import re

from coopcircuits import catalogues


def test_every_message_of_the_code_is_in_the_french_catalogue() -> None:
    known = {(m.context, m.id) for m in catalogues.read("fr") if m.id}
    assert sorted(str(m.id) for m in catalogues.messages() if m.id and (m.context, m.id) not in known) == []


def test_every_message_has_its_french() -> None:
    assert [str(m.id) for m in catalogues.untranslated(catalogues.read("fr"))] == []


def test_translations_keep_the_named_places() -> None:
    places = re.compile(r"%\(\w+\)[sd]")
    for message in catalogues.read("fr"):
        if not message.id:
            continue
        ids = message.id if isinstance(message.id, tuple | list) else (message.id,)
        texts = message.string if isinstance(message.string, tuple | list) else (message.string,)
        asked = set(places.findall(" ".join(ids)))
        for text in texts:
            given = set(places.findall(text))
            assert given <= asked, message.id
            assert given | {"%(num)s"} >= asked, message.id


def test_french_typography() -> None:
    """A narrow no-break space before high punctuation, and the typographic apostrophe."""
    wrong = re.compile(r"\w'\w| [;:!?»](\s|$)|\w[!?](\s|$)")
    found = []
    for message in catalogues.read("fr"):
        texts = message.string if isinstance(message.string, tuple | list) else (message.string,)
        found += [text for text in texts if message.id and wrong.search(re.sub(r"https?://\S+|%\(\w+\)s", "", text))]
    assert found == []
