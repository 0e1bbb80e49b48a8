"""This floor's part of the API's description."""

from billing.api import shapes
from coopcircuits.api.openapi import Operation

_BY_SHOP = ("shop", "period")

OPERATIONS = [
    Operation("api.statements", "Statements, the latest written first", shapes.Statements, True, _BY_SHOP),
    Operation("api.statement", "A shop's statement with its lines, or its month so far", shapes.Statement),
    Operation("api.invoices", "Invoices and credit notes, the latest first", shapes.Invoices, True, _BY_SHOP),
    Operation("api.invoice", "One invoice or credit note", shapes.Invoice),
    Operation("api.invoice_pdf", "The file as it was sent"),
    Operation(
        "api.contributions",
        "Closed months of all shops by scheme, the latest first; for the cooperative",
        shapes.Contributions,
        True,
    ),
]
