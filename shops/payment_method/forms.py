"""What is typed about ways to pay."""

from wtforms import BooleanField
from wtforms.widgets import TextArea

from coopcircuits.forms import Form, text
from coopcircuits.i18n import lazy
from shops.payment_method.models import PaymentKind

#: What a shopper reads for each kind.
KINDS = {
    PaymentKind.CARD: lazy("By card"),
    PaymentKind.ON_COLLECTION: lazy("On collection"),
    PaymentKind.CHEQUE: lazy("By cheque"),
    PaymentKind.TRANSFER: lazy("By bank transfer"),
}


class PaymentForm(Form):
    """Which ways to pay the shop accepts, with its own words for each. Fields are named after the kinds."""

    card = BooleanField(lazy("Card, on a secure page; the money goes straight to your account"))
    on_collection = BooleanField(lazy("On collection: cash, or what you take at your counter"))
    on_collection_words = text(lazy("What to tell the shopper"), most=300, required=False)
    cheque = BooleanField(lazy("Cheque"))
    cheque_words = text(
        lazy("What to tell the shopper"), most=300, required=False, help=lazy("To whom the cheque is made out.")
    )
    transfer = BooleanField(lazy("Bank transfer"))
    transfer_words = text(
        lazy("What to tell the shopper"),
        most=500,
        required=False,
        widget=TextArea(),
        help=lazy("Your IBAN and what to write on the transfer."),
    )

    @staticmethod
    def field_of(kind: PaymentKind) -> str:
        """Name of the field that switches a kind on."""
        return kind.value.replace("-", "_")

    def words(self, kind: PaymentKind) -> str:
        """The shop's instructions for a kind."""
        field = self._fields.get(f"{self.field_of(kind)}_words")
        return (field.data or "").replace("\r\n", "\n") if field else ""
