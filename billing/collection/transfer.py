"""How to pay an invoice by transfer: the account, the reference, and both as a code that banks' applications read."""

from dataclasses import dataclass
from decimal import Decimal

from markupsafe import Markup

from coopcircuits import money
from coopcircuits.cooperative.models import Cooperative
from coopcircuits.i18n import gettext


@dataclass(frozen=True)
class Transfer:
    """What a transfer needs; ``amount`` in minor units. ``code`` is empty where no bank would read it."""

    name: str
    iban: str
    bic: str
    reference: str
    amount: int
    currency: str
    code: Markup | None


def transfer_for(home: Cooperative | None, *, reference: str, amount: int, currency: str) -> Transfer | None:
    """How to pay ``amount``; nothing while the cooperative has not said its account, or nothing is to be paid."""
    if home is None or not home.iban or amount <= 0:
        return None
    iban = home.iban.replace(" ", "")
    grouped = " ".join(iban[start : start + 4] for start in range(0, len(iban), 4))
    code = _code(home, iban, reference, money.to_decimal(amount, currency)) if currency == "EUR" else None
    return Transfer(home.name, grouped, home.bic, reference, amount, currency, code)


def _code(home: Cooperative, iban: str, reference: str, amount: Decimal) -> Markup:
    """The QR code of the European Payments Council (EPC069-12), as a drawing without styles."""
    from segno import helpers  # 0.1 s: only pages with something to pay draw one

    code = helpers.make_epc_qr(
        name=home.name[:70], iban=iban, bic=home.bic.replace(" ", "") or None, amount=amount, text=reference
    )
    title = gettext("Transfer of %(reference)s, to be read by your bank’s application", reference=reference)
    drawn = code.svg_inline(scale=4, border=3, light="#fff", title=title)
    return Markup(drawn)  # noqa: S704 - drawn by the library, its title escaped
