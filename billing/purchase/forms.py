"""What a shop types about its purchases."""

from wtforms import SelectField

from coopcircuits.forms import Form, MoneyField, Required
from coopcircuits.i18n import lazy


class PurchasesForm(Form):
    """What was bought for the online sales of one month."""

    period = SelectField(lazy("Month"))
    amount = MoneyField(
        lazy("Purchases for online sales, before tax"),
        [Required()],
        description=lazy("What you paid your suppliers for what you sold online that month. Zero is a valid answer."),
    )
