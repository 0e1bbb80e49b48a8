"""The seal of a document: a digest over all that is known of it and over the seal of the one before.

Changing, taking out or swapping documents breaks the chain of their series.
"""

import hashlib
from typing import Any

import rfc8785

from billing.invoice.models import Invoice


def digest(file: bytes) -> str:
    """SHA-256 of a file, in hexadecimal."""
    return hashlib.sha256(file).hexdigest()


def seal_of(invoice: Invoice, before: str) -> str:
    """SHA-256 over the row (canonical JSON, RFC 8785) and the seal ``before``; its file counts through its digest."""
    said: dict[str, Any] = {
        "before": before,
        "kind": invoice.kind,
        "number": invoice.number,
        "series": invoice.series,
        "sequence": invoice.sequence,
        "corrects_id": invoice.corrects_id,
        "enterprise_id": invoice.enterprise_id,
        "statement_id": invoice.statement_id,
        "issued_on": invoice.issued_on.isoformat(),
        "due_on": invoice.due_on.isoformat(),
        "issued_at": invoice.issued_at.isoformat(),
        "issued_by": invoice.issued_by,
        "currency": invoice.currency,
        "net": invoice.net,
        "tax": invoice.tax,
        "total": invoice.total,
        "reason": invoice.reason,
        "language": invoice.language,
        "snapshot": invoice.snapshot,
        "sha256": invoice.sha256,
    }
    return hashlib.sha256(rfc8785.dumps(said)).hexdigest()
