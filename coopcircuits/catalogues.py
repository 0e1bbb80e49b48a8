"""Keep the translation catalogues in step with the code: find messages, merge, say what is missing."""

import io
import re
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from coopcircuits import i18n
from coopcircuits.config import ROOT

FLOORS = ("coopcircuits", "shops", "orders", "billing")
_METHODS = [("**.py", "python"), ("**/templates/**.html", "jinja2"), ("**/templates/**.txt", "jinja2")]
_JINJA = {"extensions": "jinja2.ext.i18n", "trim_blocks": "true", "lstrip_blocks": "true", "silent": "false"}
_OPTIONS = {"**/templates/**.html": _JINJA, "**/templates/**.txt": _JINJA}
_KEYWORDS = {
    "_": None,
    "gettext": None,
    "N_": None,
    "lazy": None,
    "ngettext": (1, 2),
    "pgettext": ((1, "c"), 2),
}
#: The payment sandbox plays a foreign system and speaks for itself.
_SKIPPED = ("__pycache__", "versions", "sandbox", "static", "demo")


def messages() -> Catalog:
    """Every message of the code and the templates."""
    found = Catalog(project="CoopCircuits", charset="utf-8")
    for floor in FLOORS:
        rows = extract_from_dir(
            str(ROOT / floor),
            _METHODS,
            _OPTIONS,
            _KEYWORDS,
            directory_filter=lambda folder: Path(folder).name not in _SKIPPED,
        )
        for name, _line, message, _comments, context in rows:
            found.add(message, None, [(f"{floor}/{name}", 1)], context=context)
    return found


def path_of(language: str) -> Path:
    return i18n.CATALOGUES / language / "LC_MESSAGES" / "messages.po"


def read(language: str) -> Catalog:
    """The catalogue of a language as it is on disk."""
    with path_of(language).open("rb") as file:
        return read_po(file, locale=language)


def update(language: str) -> list[Message]:
    """Bring a catalogue in step with the code; returns the messages still to be translated."""
    catalogue = read(language)
    catalogue.update(messages(), no_fuzzy_matching=True)
    catalogue.obsolete.clear()
    for message in catalogue:
        message.locations = sorted({(path, 1) for path, _line in message.locations})
    buffer = io.BytesIO()
    write_po(buffer, catalogue, width=120, sort_output=True, include_lineno=False)
    text = re.sub(r"\A(#[^\n]*\n)+", "", buffer.getvalue().decode())
    volatile = "POT-Creation-Date|PO-Revision-Date|Last-Translator|Language-Team|Report-Msgid-Bugs-To|Generated-By"
    path_of(language).write_text(re.sub(rf'"({volatile})[^\n]*\n', "", text))
    return untranslated(catalogue)


def untranslated(catalogue: Catalog) -> list[Message]:
    """Messages without a text, or with a plural form missing."""
    return [m for m in catalogue if m.id and not (all(m.string) if isinstance(m.string, tuple | list) else m.string)]
