"""What people type about a token."""

from collections.abc import Iterable
from typing import Any

from wtforms import SelectField, SelectMultipleField, ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

from coopcircuits.api.scopes import Scope
from coopcircuits.forms import Form, select_options, text
from coopcircuits.i18n import gettext, lazy


class TokenForm(Form):
    name = text(lazy("Name"), most=80, help=lazy("What will use it, for example: accounting software."))
    scopes = SelectMultipleField(
        lazy("What it may read"),
        option_widget=CheckboxInput(),
        widget=ListWidget(prefix_label=False),
    )
    days = SelectField(
        lazy("Works for"),
        coerce=int,
        default=90,
        choices=select_options([(30, lazy("30 days")), (90, lazy("90 days")), (365, lazy("One year"))]),
    )

    def validate_scopes(self, field: SelectMultipleField) -> None:
        """At least one. (A validator that marks the field as required would make browsers ask for every box.)"""
        if not field.data:
            raise ValidationError(gettext("Please choose at least one."))

    def __init__(self, *given: Any, offered: Iterable[Scope], **options: Any) -> None:
        super().__init__(*given, **options)
        self.scopes.choices = select_options((scope.name, scope.words) for scope in offered)
