"""The form that the design page shows, once well filled in and once refused."""

from datetime import date

from werkzeug.datastructures import MultiDict
from wtforms import BooleanField, DateField, FileField, RadioField, SelectField, SelectMultipleField, TextAreaField
from wtforms.validators import Length, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from coopcircuits.forms import EmailField, Form, MoneyField, Required, select_options, text
from coopcircuits.i18n import lazy


class SampleForm(Form):
    """One field of every kind."""

    name = text(lazy("Name of the shop"), most=60, help=lazy("As people say it at the market."))
    email = EmailField(lazy("Your e-mail address"), [Required()])
    postcode = text(lazy("Postcode"), most=10)
    price = MoneyField(lazy("Price"), [Required()], description=lazy("With tax, for one bunch."))
    day = DateField(lazy("Pickup day"), [Optional()])
    kind = SelectField(
        lazy("Kind of product"), choices=select_options([("veg", lazy("Vegetables")), ("bread", lazy("Bread"))])
    )
    story = TextAreaField(lazy("Your story"), [Optional(), Length(max=2000)])
    pickup = RadioField(
        lazy("Where do you collect?"),
        choices=select_options([("die", "Halle de Die"), ("crest", "Ferme des Sources, Crest")]),
    )
    labels = SelectMultipleField(
        lazy("Labels"),
        [Optional()],
        choices=select_options([("ab", "Agriculture biologique"), ("np", "Nature & Progrès")]),
        widget=ListWidget(),
        option_widget=CheckboxInput(),
    )
    photo = FileField(lazy("Photo"), [Optional()])
    terms = BooleanField(lazy("I accept the terms of this shop"))


def filled() -> SampleForm:
    """A form in which all is well."""
    return SampleForm(data={"name": "La ferme des Sources", "price": 1250, "pickup": "die", "day": date(2026, 11, 27)})


def refused() -> SampleForm:
    """The same after a refusal, with everything typed kept."""
    typed = {"name": "", "email": "marie@", "price": "douze", "pickup": "", "kind": "veg", "postcode": "26150"}
    form = SampleForm(MultiDict({f"refused-{name}": value for name, value in typed.items()}), prefix="refused-")
    form.validate()
    return form
