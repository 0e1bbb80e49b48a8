"""What is typed at the checkout."""

from collections.abc import Sequence
from typing import Any

from flask_login import current_user
from wtforms import BooleanField, Field, TextAreaField, ValidationError
from wtforms.validators import InputRequired, Length

from coopcircuits.forms import EmailField, Form, Required, text
from coopcircuits.i18n import lazy
from orders.checkout.page import CheckoutPage
from orders.checkout.services import Contact
from shops.payment_method.models import PaymentKind


class Choice(Field):
    """One of ``values``, or the sentence ``missing``; the page draws the choices."""

    values: Sequence[str] = ()

    def __init__(self, label: Any, *, missing: Any, **options: Any) -> None:
        super().__init__(label, **options)
        self.missing = missing

    def process_formdata(self, valuelist: Sequence[Any]) -> None:
        self.data = valuelist[0] if valuelist else None

    def pre_validate(self, form: Any) -> None:
        if self.data not in self.values:
            raise ValidationError(str(self.missing))


class CheckoutForm(Form):
    """Who collects, when, how it is paid; the rest is agreed to."""

    name = text(lazy("Your name"), most=120)
    email = EmailField(
        lazy("E-mail"), [Required(), Length(max=254)], description=lazy("For the confirmation, and nothing else.")
    )
    phone = text(
        lazy("Phone"), most=32, required=False, help=lazy("In case the shop has to reach you on the day of the pickup.")
    )
    slot = Choice(lazy("Where and when you collect"), missing=lazy("Please choose when you collect."))
    payment = Choice(lazy("How you pay"), missing=lazy("Please choose how you pay."))
    note = TextAreaField(lazy("A word for the shop"), [Length(max=500)])
    adult = BooleanField(lazy("I am 18 or older"), [InputRequired(lazy("Alcohol is only sold to adults."))])
    terms = BooleanField(
        lazy("I have read these terms and accept them"),
        [InputRequired(lazy("Please read the terms and accept them."))],
    )

    @classmethod
    def of(cls, page: CheckoutPage, kinds: Sequence[PaymentKind]) -> "CheckoutForm":
        """The form for this basket, filled in with what is known of the person."""
        known = {
            "name": current_user.name,
            "email": current_user.email,
            "slot": str(page.only_slot or ""),
            "payment": kinds[0].value if len(kinds) == 1 else "",
        }
        form: CheckoutForm = cls.posted(data=known)
        form.slot.values = [str(slot.id) for slot in page.slots]
        form.payment.values = [kind.value for kind in kinds]
        if not page.basket.has_alcohol:
            del form.adult
        return form

    @property
    def contact(self) -> Contact:
        return Contact(self.name.data or "", self.email.data or "", self.phone.data or "")

    @property
    def slot_id(self) -> int | None:
        """The chosen slot, if one of those on show."""
        return int(self.slot.data) if self.slot.data in self.slot.values else None
