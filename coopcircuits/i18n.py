"""Languages: which one a reader gets, and the catalogue behind it.

English is written in the code as msgid; the other languages are catalogues in ``translations/``. A compiled catalogue
is a cache of its ``.po`` file, remade whenever that file is newer.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from functools import cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path
from typing import Any

from babel import Locale
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from markupsafe import escape

CATALOGUES = Path(__file__).resolve().parent.parent / "translations"
#: Language code to its own name; the first is the default.
LANGUAGES = {"fr": "Français", "en": "English"}
DEFAULT = "fr"

_language: ContextVar[str] = ContextVar("language", default=DEFAULT)


def language() -> str:
    """Code of the language of the current reader."""
    return _language.get()


def use_language(code: str) -> None:
    """Set the language for the rest of this request or command; unknown codes give the default."""
    _language.set(code if code in LANGUAGES else DEFAULT)


@contextmanager
def speaking(code: str) -> Iterator[None]:
    """Use another language inside the block, for example the one of a mail's reader."""
    token = _language.set(code if code in LANGUAGES else DEFAULT)
    try:
        yield
    finally:
        _language.reset(token)


def locale() -> Locale:
    """Babel's locale of the current reader."""
    return _locale(_language.get())


@cache
def _locale(code: str) -> Locale:
    return Locale.parse(code)


@cache
def catalogue(code: str) -> NullTranslations:
    """The messages of a language; English has none, since the msgids are English."""
    source = CATALOGUES / code / "LC_MESSAGES" / "messages.po"
    if not source.exists():
        return NullTranslations()
    compiled = source.with_suffix(".mo")
    if compiled.exists() and compiled.stat().st_mtime >= source.stat().st_mtime:
        return GNUTranslations(BytesIO(compiled.read_bytes()))
    return GNUTranslations(BytesIO(compile_catalogue(source, compiled)))


def compile_catalogue(source: Path, compiled: Path) -> bytes:
    """Compile a ``.po`` file and keep the result beside it where that is possible; returns the bytes."""
    buffer = BytesIO()
    with source.open("rb") as file:
        write_mo(buffer, read_po(file))
    with suppress(OSError):  # a read-only installation works as well, it only starts a little slower
        compiled.write_bytes(buffer.getvalue())
    return buffer.getvalue()


def gettext(message: str, /, **params: Any) -> str:
    """Translate ``message`` for the current reader, then fill its ``%(name)s`` places."""
    text = catalogue(_language.get()).gettext(message)
    return text % params if params else text


def ngettext(singular: str, plural: str, num: int, /, **params: Any) -> str:
    """The form of the message that ``num`` asks for; ``%(num)s`` is filled with it."""
    params.setdefault("num", num)
    return plural_form(singular, plural, num) % params


def plural_form(singular: str, plural: str, num: int) -> str:
    """The same with its places left open: templates fill them themselves."""
    return catalogue(_language.get()).ngettext(singular, plural, num)


def pgettext(context: str, message: str, /, **params: Any) -> str:
    """Translate a word that needs its context to be understood."""
    text = catalogue(_language.get()).pgettext(context, message)
    return text % params if params else text


def N_(message: str) -> str:  # noqa: N802 - gettext's own name for "translate later"
    """Mark a message for translation where it is only stored."""
    return message


class LazyText:
    """A message translated when it is shown, for labels of forms and menus."""

    def __init__(self, message: str) -> None:
        self._message = message

    def __str__(self) -> str:
        return gettext(self._message)

    def __html__(self) -> str:
        return str(escape(str(self)))

    def __mod__(self, params: object) -> str:
        return str(self) % params


def lazy(message: str) -> Any:
    """A :class:`LazyText`, typed ``Any`` because form libraries ask for ``str`` and only print it."""
    return LazyText(message)


_ = gettext
