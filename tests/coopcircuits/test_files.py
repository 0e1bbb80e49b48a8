"""What people send is judged by its bytes, and given back as nothing but a file."""

from io import BytesIO

import pytest
from werkzeug.datastructures import FileStorage

from coopcircuits.errors import InvalidInput
from coopcircuits.files import MOST_BYTES, FileKind, download, sent_document
from tests.support.documents import JPEG, PDF, PNG


def sent(content: bytes, name: str = "facture.pdf") -> FileStorage:
    return FileStorage(BytesIO(content), filename=name, content_type="application/pdf")


@pytest.mark.parametrize(("content", "kind"), [(PDF, FileKind.PDF), (JPEG, FileKind.JPEG), (PNG, FileKind.PNG)])
def test_the_bytes_say_what_a_document_is(content: bytes, kind: FileKind) -> None:
    found = sent_document(sent(content, "..\\..\\mon\nreçu.exe"), field="receipt")
    assert found is not None
    assert (found.kind, found.name, found.content) == (kind, "monreçu.exe", content)
    assert len(found.sha256) == 64


@pytest.mark.parametrize(
    "content",
    [b"", b"<html><script>alert(1)</script>", b"GIF89a", b"PK\x03\x04", b"%PDF-1.4 cut off", PNG[:20], b" " + PDF],
)
def test_anything_else_is_refused(content: bytes) -> None:
    with pytest.raises(InvalidInput) as refused:
        sent_document(sent(content), field="receipt")
    assert refused.value.field == "receipt"


def test_size_has_a_limit_and_an_empty_field_is_nothing() -> None:
    whole = PDF[:-6] + b"%%EOF"
    largest = whole[:9] + b" " * (MOST_BYTES - len(whole)) + whole[9:]
    assert sent_document(sent(largest), field="receipt") is not None
    with pytest.raises(InvalidInput):
        sent_document(sent(largest[:9] + b" " + largest[9:]), field="receipt")
    assert sent_document(sent(PDF, ""), field="receipt") is None
    assert sent_document(None, field="receipt") is None


def test_a_document_comes_back_as_a_file_that_does_nothing() -> None:
    answer = download(PDF, name='re"çu\r\nX: y.html', kind=FileKind.PDF)
    assert answer.headers["Content-Disposition"] == 'attachment; filename="re-cu-x-y.pdf"'
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert answer.mimetype == "application/pdf"
