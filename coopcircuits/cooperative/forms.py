"""What is typed about the cooperative as a legal person; numbers are checked by their check digits."""

from typing import Any

from stdnum import bic, iban
from stdnum.eu import at_02, vat
from stdnum.exceptions import ValidationError as BadNumber
from stdnum.fr import siret
from wtforms import BooleanField, DateField, Field, IntegerField, RadioField, SelectField, StringField, ValidationError
from wtforms.validators import Length, NumberRange, Optional
from wtforms.widgets import TextArea

from coopcircuits.cooperative.models import VatRegime
from coopcircuits.cooperative.services import Identity
from coopcircuits.document.models import MentionKind
from coopcircuits.forms import EmailField, Form, MoneyField, Required, select_options, text
from coopcircuits.i18n import gettext, lazy


def _number(label: Any, help: Any = "") -> StringField:
    return StringField(label, [Optional(), Length(max=60)], filters=[lambda v: (v or "").strip()], description=help)


class IdentityForm(Form):
    """The cooperative as its documents show it. Nothing but its name is required: it can be filled in bit by bit."""

    name = text(lazy("Name"), most=120)
    legal_form = text(
        lazy("Legal form"), most=120, required=False, help=lazy("As the law words it: “SCIC SARL à capital variable”.")
    )
    capital = MoneyField(lazy("Capital"), [Optional()], description=lazy("0 for an association, which has none."))
    street = text(lazy("Street and number"), most=160, required=False)
    postcode = text(lazy("Postcode"), most=12, required=False)
    city = text(lazy("Town"), most=80, required=False)
    email = EmailField(lazy("E-mail"), [Required(), Length(max=254)])
    siret = _number(lazy("SIRET number"), lazy("14 digits."))
    register = text(
        lazy("Register"), most=120, required=False, help=lazy("Where and under which number: “RCS Romans 552 100 554”.")
    )
    vat_regime = RadioField(
        lazy("VAT"),
        [Required()],
        choices=select_options(
            [
                (VatRegime.REGISTERED.value, lazy("We charge VAT")),
                (VatRegime.SMALL_BUSINESS.value, lazy("We do not charge VAT (small business)")),
            ]
        ),
    )
    vat_number = _number(lazy("VAT number"))
    vat_on_debits = BooleanField(lazy("We pay VAT when we invoice (“option pour les débits”), not when we are paid"))
    iban = _number(lazy("IBAN"), lazy("Where shops transfer their contribution."))
    bic = _number(lazy("BIC"))
    creditor_id = _number(lazy("SEPA creditor identifier"), lazy("Only for direct debits; your bank gives it."))
    payment_days = IntegerField(
        lazy("Days to pay an invoice"),
        [Required(), NumberRange(0, 60)],
        description=lazy("At most 60 between businesses."),
    )

    def validate_siret(self, field: Field) -> None:
        _check(field, siret, gettext("This is not a SIRET number: please check its 14 digits."))

    def validate_vat_number(self, field: Field) -> None:
        _check(field, vat, gettext("This is not a VAT number of the European Union, for example FR40303265045."))

    def validate_iban(self, field: Field) -> None:
        _check(field, iban, gettext("This is not an IBAN: please check its letters and digits."))

    def validate_bic(self, field: Field) -> None:
        _check(field, bic, gettext("This is not a BIC: it has 8 or 11 characters."))

    def validate_creditor_id(self, field: Field) -> None:
        _check(field, at_02, gettext("This is not a SEPA creditor identifier, for example FR72ZZZ123456."))

    def identity(self) -> Identity:
        """What was typed, for the use case; of an accepted form."""
        given = {name: field.data for name, field in self._fields.items()}
        given["vat_regime"] = VatRegime(given["vat_regime"])
        return Identity(**given)


def _check(field: Field, number: Any, sentence: str) -> None:
    if not field.data:
        return
    try:
        field.data = number.validate(field.data)
    except BadNumber:
        raise ValidationError(sentence) from None


MENTION_NAMES = {
    MentionKind.NATURE: lazy("What is sold"),
    MentionKind.LATE_PENALTY: lazy("Penalties for late payment"),
    MentionKind.RECOVERY_FEE: lazy("Fixed sum for recovery costs"),
    MentionKind.EARLY_PAYMENT: lazy("Discount for early payment"),
    MentionKind.SMALL_BUSINESS: lazy("No VAT as a small business"),
    MentionKind.VAT_ON_DEBITS: lazy("VAT paid when invoicing"),
    MentionKind.GIFT: lazy("A gift is no sale"),
}


class MentionForm(Form):
    """A sentence of the law from a day on."""

    kind = SelectField(lazy("Sentence"), choices=select_options(MENTION_NAMES.items()), coerce=MentionKind)
    wording = text(lazy("Wording"), most=300, widget=TextArea(), help=lazy("In the language of the law."))
    source = text(lazy("Source"), most=200, required=False, help=lazy("Which text of law says so."))
    valid_from = DateField(lazy("Valid from"), [Required()])
