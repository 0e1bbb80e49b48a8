"""What people write about a statement."""

from typing import Any

from wtforms import TextAreaField
from wtforms.validators import Length

from billing.question.services import MOST
from coopcircuits.forms import Form, Required
from coopcircuits.i18n import lazy


def message(label: Any, **options: Any) -> TextAreaField:
    """A few sentences."""
    return TextAreaField(label, [Required(), Length(max=MOST)], filters=[_one_kind_of_line], **options)


def _one_kind_of_line(value: Any) -> Any:
    """Browsers end lines in two characters; control characters have no place in a text."""
    if not isinstance(value, str):
        return value
    return "".join(c for c in value.replace("\r\n", "\n").strip() if c == "\n" or c.isprintable())


class AskForm(Form):
    """What the shop asks."""

    text = message(lazy("Your question"), id="question", render_kw={"rows": 4})
