"""What a reviewer types."""

from wtforms import HiddenField
from wtforms.validators import Regexp

from billing.question.forms import message
from coopcircuits.forms import Form, MoneyField, Required, text
from coopcircuits.i18n import lazy


class DecisionForm(Form):
    """A decision on the statement as it was when the page was read."""

    version = HiddenField(validators=[Regexp(r"\A\d{1,9}\Z")])

    @property
    def seen_version(self) -> int:
        return int(self.version.data or -1)


class AdjustForm(DecisionForm):
    """More or less to pay."""

    amount = MoneyField(
        lazy("Amount before tax"),
        [Required()],
        least=None,
        description=lazy("With a minus when the shop pays less: -5.00."),
    )
    reason = text(lazy("Why"), most=300, help=lazy("The shop reads it on its statement."), id="adjust-reason")


class WaiveForm(DecisionForm):
    """Nothing to pay this month."""

    reason = text(lazy("Why"), most=300, help=lazy("The shop reads it on its statement."), id="waive-reason")


class AnswerForm(DecisionForm):
    """What the cooperative writes to the shop."""

    text = message(lazy("Your answer"), id="answer", render_kw={"rows": 4})
