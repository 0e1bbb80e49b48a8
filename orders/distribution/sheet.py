"""The packing list as a file for a spreadsheet."""

import csv
from collections.abc import Iterable, Mapping, Sequence
from io import StringIO

from coopcircuits import i18n, money
from coopcircuits.i18n import _
from coopcircuits.templating import short_moment
from orders.order.models import Order
from orders.order.words import line_unit, state_name


def packing_csv(orders: Sequence[Order], *, to_pay: Mapping[int, int], zone: str) -> bytes:
    """One row per line of an order, in the reader's language and with the separator that their spreadsheet expects.

    Starts with a byte-order mark, without which spreadsheets misread accents.
    """
    file = StringIO()
    writer = csv.writer(file, delimiter=";" if i18n.language() == "fr" else ",", lineterminator="\r\n")
    writer.writerow(
        [
            _("Pickup"), _("Place"), _("Reference"), _("Name"), _("Phone"), _("E-mail"), _("State"), _("Producer"),
            _("Product"), _("Variant"), _("Unit"), _("Quantity"), _("Unit price"), _("Line total"), _("Order total"),
            _("To pay"), _("Note"),
        ]
    )  # fmt: skip
    for order in orders:
        writer.writerows(safe(row) for row in _rows(order, to_pay.get(order.id, 0), zone))
    return "\ufeff".encode() + file.getvalue().encode()


def _rows(order: Order, to_pay: int, zone: str) -> Iterable[list[str]]:
    def amount(minor: int) -> str:
        digits = str(money.to_decimal(minor, order.currency))
        return digits.replace(".", ",") if i18n.language() == "fr" else digits

    for line in order.lines:
        if line.quantity:
            yield [
                short_moment(order.pickup_from, zone), order.pickup_name, order.reference, order.customer_name,
                order.phone, order.email, state_name(order.state), line.producer_name, line.product_name,
                line.variant_name, line_unit(line), str(line.quantity), amount(line.unit_price), amount(line.total),
                amount(order.total), amount(to_pay), order.note,
            ]  # fmt: skip


def safe(row: Iterable[str]) -> list[str]:
    """Cells that a spreadsheet would run as formulas are marked as text (CWE-1236)."""
    return [f"'{cell}" if cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell for cell in row]
