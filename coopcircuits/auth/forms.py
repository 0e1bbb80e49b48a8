"""What people type about their account."""

from typing import Any

from wtforms import HiddenField, PasswordField, SelectField
from wtforms.validators import Length

from coopcircuits import i18n
from coopcircuits.forms import EmailField, Form, Required, select_options, text
from coopcircuits.i18n import lazy

#: Longer passwords only cost time.
LONGEST_PASSWORD = 200


def email_field(label: Any = None, **options: Any) -> EmailField:
    return EmailField(label or lazy("E-mail address"), [Required(), Length(max=254)], **options)


def password_field(label: Any, **options: Any) -> PasswordField:
    words = {"data-show": lazy("Show"), "data-hide": lazy("Hide")}
    return PasswordField(label, [Required(), Length(max=LONGEST_PASSWORD)], render_kw=words, **options)


def new_password_field(label: Any = None) -> PasswordField:
    return password_field(
        label or lazy("Password"),
        description=lazy("At least 10 characters. A short sentence that only you would say is easiest to remember."),
    )


class LogInForm(Form):
    email = email_field()
    password = password_field(lazy("Password"))
    next = HiddenField()


class SignUpForm(Form):
    name = text(lazy("First name and name"), most=120)
    email = email_field()
    password = new_password_field()


class AddressForm(Form):
    """Where to send a link."""

    email = email_field()


class NewPasswordForm(Form):
    password = new_password_field(lazy("New password"))


class ChangePasswordForm(Form):
    old_password = password_field(lazy("Present password"))
    password = new_password_field(lazy("New password"))


class ProfileForm(Form):
    name = text(lazy("First name and name"), most=120)
    language = SelectField(lazy("Language of our mails"), choices=select_options(i18n.LANGUAGES.items()))
