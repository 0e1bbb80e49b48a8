"""Files that people send: what they are is read from their bytes, never believed; and how they are given back."""

import enum
import hashlib
from dataclasses import dataclass

from flask import Response
from werkzeug.datastructures import FileStorage

from coopcircuits.errors import InvalidInput
from coopcircuits.i18n import N_
from coopcircuits.references import permalink

#: Largest document; a scanned page has a tenth of it.
MOST_BYTES = 5 * 1024 * 1024
_MEGABYTE = 1024 * 1024
#: A document given back may do nothing but be looked at, in a page of its own that belongs to nobody.
_SHUT_IN = "default-src 'none'; sandbox"


class FileKind(enum.StrEnum):
    """Documents that are accepted, by media type."""

    PDF = "application/pdf"
    JPEG = "image/jpeg"
    PNG = "image/png"

    @property
    def ending(self) -> str:
        return {FileKind.PDF: ".pdf", FileKind.JPEG: ".jpg", FileKind.PNG: ".png"}[self]


_BEGINNINGS = {b"%PDF-": FileKind.PDF, b"\xff\xd8\xff": FileKind.JPEG, b"\x89PNG\r\n\x1a\n": FileKind.PNG}
#: What a whole file carries at its end; a broken upload does not. Telephones write more behind a JPEG.
_ENDINGS = {FileKind.PDF: b"%%EOF", FileKind.PNG: b"IEND"}


@dataclass(frozen=True)
class SentFile:
    """A document that was looked at and accepted; ``name`` is as its sender called it, for reading only."""

    name: str
    kind: FileKind
    content: bytes

    @property
    def sha256(self) -> str:
        """Digest of the content, 64 hexadecimal digits."""
        return hashlib.sha256(self.content).hexdigest()


def sent_document(sent: FileStorage | None, *, field: str) -> SentFile | None:
    """The document in a posted file field, ``None`` if it was left empty.

    Raises :class:`InvalidInput` for ``field`` where it is too large, cut off, or no PDF, JPEG or PNG by its bytes.
    """
    if sent is None or not sent.filename:
        return None
    content = sent.stream.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        message = N_("This file is larger than %(most)s MB. Nothing was saved: send a smaller scan.")
        raise InvalidInput(message, field=field, most=MOST_BYTES // _MEGABYTE)
    kind = next((kind for start, kind in _BEGINNINGS.items() if content.startswith(start)), None)
    if kind is None:
        raise InvalidInput(N_("This is not a PDF, JPEG or PNG file. Nothing was saved."), field=field)
    if _ENDINGS.get(kind, b"") not in content[-1024:]:
        raise InvalidInput(N_("This file is cut off: send it again. Nothing was saved."), field=field)
    name = "".join(sign for sign in sent.filename.replace("\\", "/").rpartition("/")[2] if sign.isprintable())
    return SentFile(name[-160:], kind, content)


def download(content: bytes, *, name: str, kind: FileKind) -> Response:
    """A kept document as a file to save: never opened as a page of this site, its name made harmless."""
    stem = permalink(name.rpartition(".")[0] or name) or "document"
    headers = {
        "Content-Disposition": f'attachment; filename="{stem}{kind.ending}"',
        "Content-Security-Policy": _SHUT_IN,
        "Cache-Control": "private, no-store",
    }
    return Response(content, mimetype=kind.value, headers=headers)
