"""What is typed about an enterprise and its people."""

import re
from typing import Any

from stdnum.eu import vat
from stdnum.exceptions import ValidationError as BadNumber
from stdnum.fr import siret
from wtforms import BooleanField, Field, RadioField, SelectField, StringField, ValidationError
from wtforms.validators import Length
from wtforms.widgets import TextArea

from coopcircuits.forms import EmailField, Form, Required, select_options, text
from coopcircuits.i18n import gettext, lazy
from shops.directory.place_form import PlacedForm
from shops.enterprise.models import Enterprise, Sells, StaffRole, VatStatus, Visibility
from shops.enterprise.services import Profile
from shops.product.drawings import NAMES as DRAWINGS

#: What an enterprise does, in plain words: whether it produces, and what it sells here.
KINDS = {
    "own": (True, Sells.OWN),
    "others": (False, Sells.ANY),
    "both": (True, Sells.ANY),
    "producer": (True, Sells.NONE),
}
_KIND_NAMES = {
    "own": lazy("I produce, and I sell what I produce"),
    "others": lazy("I sell what others produce"),
    "both": lazy("I produce, and I also sell what others produce"),
    "producer": lazy("I only produce; others sell my products"),
}

BANNERS = {
    "leaf": lazy("Leaf"),
    "honey": lazy("Honey"),
    "tomato": lazy("Tomato red"),
    "sky": lazy("Sky"),
    "plum": lazy("Plum"),
    "clay": lazy("Clay"),
    "olive": lazy("Olive"),
    "slate": lazy("Slate"),
}

#: Each role's name and what it may do.
ROLES = {
    StaffRole.OWNER: (lazy("Owner"), lazy("Everything, including who works here")),
    StaffRole.MANAGER: (lazy("Manager"), lazy("Everything except who works here")),
    StaffRole.CATALOGUE: (lazy("Catalogue"), lazy("Products, prices and stock")),
    StaffRole.ORDERS: (lazy("Orders"), lazy("Sees and changes orders, prepares them")),
    StaffRole.PACKING: (lazy("Packing"), lazy("Sees orders and prepares them")),
    StaffRole.ACCOUNTS: (lazy("Accounts"), lazy("Sees orders, statements and contributions")),
    StaffRole.READ_ONLY: (lazy("Reading"), lazy("Sees everything, changes nothing")),
}
_ROLE_NAMES = [(role, name) for role, (name, _) in ROLES.items()]


def check_phone(form: Form, field: Field) -> None:
    """A number as people write it, in any country."""
    if field.data and not re.fullmatch(r"\+?[\d .()/-]{6,31}", field.data, re.ASCII):
        raise ValidationError(gettext("Write a telephone number, for example 06 39 98 10 21."))


class NewEnterpriseForm(PlacedForm):
    """The one page that starts a shop."""

    name = text(lazy("Name"), most=120, help=lazy("As people know it: “La ferme des Sources”."))
    kind = RadioField(
        lazy("What do you do?"), choices=select_options(_KIND_NAMES.items()), default="own", validators=[Required()]
    )
    email = EmailField(
        lazy("E-mail for your shoppers"), [Required(), Length(max=254)], description=lazy("Shown on your page.")
    )
    phone = text(lazy("Telephone"), most=32, required=False)

    def validate_phone(self, field: Field) -> None:
        check_phone(self, field)


class ProfileForm(NewEnterpriseForm):
    """Everything an enterprise says of itself."""

    summary = text(
        lazy("In two lines"),
        most=200,
        required=False,
        widget=TextArea(),
        help=lazy("What you make and where; shown under your name and in search results."),
    )
    story = text(lazy("Your story"), most=5000, required=False, widget=TextArea())
    labels = text(
        lazy("Labels"),
        most=200,
        required=False,
        help=lazy("Separated by semicolons, for example: AB, FR-BIO-01; Nature & Progrès."),
    )
    banner = RadioField(lazy("Colour of your banner"), choices=select_options(BANNERS.items()), default="leaf")
    drawing = SelectField(
        lazy("Drawing"), choices=select_options([(name, lazy(label)) for name, label in DRAWINGS.items()])
    )
    website = StringField(lazy("Website"), [Length(max=200)], filters=[lambda v: (v or "").strip()])
    siret = StringField(
        lazy("SIRET number"), filters=[lambda v: (v or "").strip()], description=lazy("14 digits, on your invoices.")
    )
    vat_status = RadioField(
        lazy("VAT"),
        choices=select_options(
            [
                (VatStatus.REGISTERED.value, lazy("We charge VAT")),
                (VatStatus.SMALL_BUSINESS.value, lazy("We do not charge VAT (small business)")),
            ]
        ),
        default=VatStatus.REGISTERED.value,
    )
    vat_number = StringField(lazy("VAT number"), filters=[lambda v: (v or "").strip()])
    message_open = text(lazy("Message while a sale is open"), most=1000, required=False, widget=TextArea())
    message_closed = text(lazy("Message between two sales"), most=1000, required=False, widget=TextArea())
    visibility = RadioField(
        lazy("Who may find you"),
        choices=select_options(
            [
                (Visibility.PUBLIC.value, lazy("Everybody: you are in the directory")),
                (Visibility.BY_LINK.value, lazy("Only people who have the link")),
                (Visibility.HIDDEN.value, lazy("Nobody: your pages are closed")),
            ]
        ),
        default=Visibility.PUBLIC.value,
    )

    def validate_website(self, field: Field) -> None:
        if not field.data:
            return
        if "://" not in field.data:
            field.data = f"https://{field.data}"
        if not re.fullmatch(r"https?://[\w.-]+\.[a-z]{2,}(:\d+)?(/[!-~]*)?", field.data, re.IGNORECASE):
            raise ValidationError(gettext("Write a complete address, for example https://ferme.example."))

    def validate_siret(self, field: Field) -> None:
        if field.data:
            try:
                field.data = siret.validate(field.data)
            except BadNumber:
                raise ValidationError(gettext("This is not a SIRET number: please check its 14 digits.")) from None

    def validate_vat_number(self, field: Field) -> None:
        if field.data:
            try:
                field.data = vat.validate(field.data)
            except BadNumber:
                raise ValidationError(
                    gettext("This is not a VAT number of the European Union, for example FR40303265045.")
                ) from None

    @staticmethod
    def values_of(enterprise: Enterprise) -> dict[str, Any]:
        """What the form shows of an enterprise."""
        profile = vars(Profile.of(enterprise)).copy()
        profile["labels"] = "; ".join(enterprise.labels)
        profile["kind"] = next((k for k, v in KINDS.items() if v == (enterprise.is_producer, enterprise.sells)), "own")
        return profile

    def profile(self) -> Profile:
        """What was typed, for the use case."""
        is_producer, sells = KINDS[self.kind.data]
        return Profile(
            name=self.name.data or "",
            is_producer=is_producer,
            sells=sells,
            visibility=Visibility(self.visibility.data),
            summary=self.summary.data or "",
            story=(self.story.data or "").replace("\r\n", "\n"),
            labels=[label for part in (self.labels.data or "").split(";") if (label := part.strip())],
            banner=self.banner.data,
            drawing=self.drawing.data,
            email=self.email.data or "",
            phone=self.phone.data or "",
            website=self.website.data or "",
            street=self.street.data or "",
            postcode=self.postcode.data or "",
            city=self.city.data or "",
            siret=self.siret.data or "",
            vat_number=self.vat_number.data or "",
            vat_status=VatStatus(self.vat_status.data),
            message_open=(self.message_open.data or "").replace("\r\n", "\n"),
            message_closed=(self.message_closed.data or "").replace("\r\n", "\n"),
        )


class StaffForm(Form):
    """Somebody who is to work here."""

    email = EmailField(lazy("Their e-mail address"), [Required(), Length(max=254)])
    role = SelectField(
        lazy("What they do here"), choices=select_options(_ROLE_NAMES), coerce=StaffRole, default=StaffRole.ORDERS
    )
    notified = BooleanField(lazy("Gets the mails about orders"), default=True)


class RoleForm(Form):
    """A change of somebody's role."""

    role = SelectField(lazy("What they do here"), choices=select_options(_ROLE_NAMES), coerce=StaffRole)
    notified = BooleanField(lazy("Gets the mails about orders"))
