"""Forms: they check the shape of what was typed, say errors in the reader's language and never query."""

import re
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from email_validator import EmailNotValidError, validate_email
from flask import request
from wtforms import Field, FieldList, StringField, ValidationError
from wtforms import Form as PlainForm
from wtforms.fields import choices
from wtforms.i18n import get_translations
from wtforms.validators import InputRequired, Length, Optional, StopValidation
from wtforms.widgets import TextInput

from coopcircuits import i18n, money
from coopcircuits.errors import DomainError
from coopcircuits.i18n import gettext


class Form(PlainForm):
    """Base of every form. The form token is checked before any view runs, see :mod:`coopcircuits.visitor`."""

    class Meta:
        locales = False

        def get_translations(self, form: PlainForm) -> Any:
            """WTForms' own messages in the reader's language."""
            return _wtforms_messages()

    @classmethod
    def posted(cls, **options: Any) -> Any:
        """The form filled with what was posted, or with ``data=`` / ``obj=`` on a GET."""
        return cls(request.form if request.method == "POST" else None, **options)

    @property
    def accepted(self) -> bool:
        """Posted, and every field is well formed."""
        return request.method == "POST" and self.validate()

    def refuse(self, error: DomainError) -> None:
        """Put a use case's refusal beside the field it names, or above the form."""
        target = self._fields.get(error.field or "")
        if target is None:
            self.form_errors.append(str(error))
        else:
            target.errors = [*target.errors, str(error)]


class Lines(FieldList):  # type: ignore[type-arg]  # generic in its stubs only
    """Some lines of fields, named ``lines-0-name``; what is named otherwise is no line."""

    def _extract_indices(self, prefix: str, formdata: Iterable[str]) -> Iterator[int]:
        for name in formdata:
            if found := re.match(rf"{re.escape(prefix)}-([0-9]{{1,4}})(-|$)", name):
                yield int(found[1])


class _Typeset:
    """The library's catalogue with the apostrophe of printed texts."""

    def __init__(self, messages: Any) -> None:
        self._messages = messages

    def gettext(self, message: str) -> str:
        return str(self._messages.gettext(message)).replace("'", "’")

    def ngettext(self, singular: str, plural: str, num: int) -> str:
        return str(self._messages.ngettext(singular, plural, num)).replace("'", "’")


def _wtforms_messages() -> Any:
    return _Typeset(get_translations([i18n.language()]))


class Required(InputRequired):
    """Something must be typed; spaces do not count."""

    def __call__(self, form: Any, field: Any) -> None:
        if not (field.raw_data and isinstance(field.raw_data[0], str) and field.raw_data[0].strip()):
            field.errors[:] = []
            raise StopValidation(gettext("Please fill this in."))


def text(label: Any, *, most: int, required: bool = True, help: Any = "", **options: Any) -> StringField:
    """A one-line text of at most ``most`` characters, stripped."""
    validators = [Required() if required else Optional(), Length(max=most), _no_control_characters]
    return StringField(label, validators, filters=[_strip], description=help, **options)


def select_options(pairs: Iterable[tuple[Any, Any]], heading: str | None = None) -> list[Any]:
    """Choices of a select or radio field from (value, label) pairs, in a group if there is a ``heading``."""
    make: Any = choices.SelectChoice  # type: ignore[attr-defined]  # newer than the stubs
    return [make(value, label, optgroup=heading) for value, label in pairs]


def _strip(value: Any) -> Any:
    return value.strip() if isinstance(value, str) else value


def _no_control_characters(form: PlainForm, field: Field) -> None:
    if any(ord(c) < 32 and c not in "\r\n\t" for c in field.data or ""):
        raise ValidationError(gettext("This contains characters that cannot be read."))


class EmailField(StringField):
    """An address of the shape people really have; kept in lower case."""

    def process_formdata(self, valuelist: Sequence[Any]) -> None:
        super().process_formdata([v.strip() for v in valuelist])

    def pre_validate(self, form: Any) -> None:
        if not self.data:
            return
        try:
            # Test addresses (example.org, .example) are accepted: whether mail arrives is proven by confirmation.
            checked = validate_email(self.data, check_deliverability=False, test_environment=True)
        except EmailNotValidError:
            raise ValidationError(
                gettext("This is not a complete e-mail address, for example marie@example.org.")
            ) from None
        self.data = checked.normalized.lower()


def read_decimal(typed: str) -> Decimal:
    """Read a number as people type or copy it: "1,50", "1 234,5", "−1.50"; raises :class:`ValueError`."""
    bare = re.sub(r"[\s\u00a0\u202f€]", "", typed).replace("\u2212", "-")
    if not re.fullmatch(r"-?\d{1,12}([.,]\d{1,6})?", bare, re.ASCII):
        raise ValueError(typed)
    try:
        return Decimal(bare.replace(",", "."))
    except InvalidOperation as error:
        raise ValueError(typed) from error


class MoneyField(Field):
    """An amount typed in the main unit ("12,50"); ``data`` is minor units. What cannot be read stays as typed."""

    widget = TextInput()

    def __init__(
        self, label: Any = None, validators: Any = (), *, currency: str = "EUR", least: int | None = 0, **kw: Any
    ) -> None:
        super().__init__(label, validators, **kw)
        self.currency = currency
        self.least = least

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        if self.data is None:
            return ""
        digits = str(money.to_decimal(self.data, self.currency))
        return digits.replace(".", ",") if i18n.language() == "fr" else digits

    def process_formdata(self, valuelist: Sequence[Any]) -> None:
        self.data = None
        if not valuelist or not valuelist[0].strip():
            return
        try:
            self.data = money.to_minor(read_decimal(valuelist[0]), self.currency)
        except ValueError:
            raise ValueError(gettext("Write an amount such as 12.50.")) from None
        if abs(self.data) > 10**11:
            raise ValueError(gettext("This amount is too large."))
        if self.least is not None and self.data < self.least:
            raise ValueError(gettext("The amount cannot be negative."))


def read_quantity(typed: str, *, most: int = 9_999) -> int:
    """Read a whole number from 0 to ``most``; raises :class:`ValueError` with the sentence to show."""
    if not re.fullmatch(r"\d{1,9}", typed, re.ASCII):
        raise ValueError(gettext("Write a whole number, for example 2."))
    if int(typed) > most:
        raise ValueError(gettext("At most %(most)s.", most=most))
    return int(typed)
