"""What is typed about a fee."""

from decimal import Decimal
from typing import Any

from wtforms import RadioField, SelectField, StringField

from coopcircuits import money
from coopcircuits.forms import Form, Required, read_decimal, select_options, text
from coopcircuits.i18n import gettext, lazy
from shops.fee.models import Calculator, Fee, FeeKind
from shops.product import cells

KINDS = {
    FeeKind.PACKING: lazy("Packing"),
    FeeKind.TRANSPORT: lazy("Transport"),
    FeeKind.ADMIN: lazy("Running the shop"),
    FeeKind.SALES: lazy("Selling"),
    FeeKind.FUNDRAISING: lazy("Solidarity"),
}


class FeeForm(Form):
    """One fee. The amount is a percentage or money, as the calculator says."""

    name = text(lazy("Name"), most=80, help=lazy("Shoppers read it: “Preparing the baskets”."))
    kind = SelectField(lazy("What it pays for"), choices=select_options(KINDS.items()), coerce=FeeKind)
    calculator = RadioField(
        lazy("How it is counted"),
        choices=select_options(
            [
                (Calculator.PERCENT_PER_ITEM, lazy("A percentage of each product’s price")),
                (Calculator.FLAT_PER_ITEM, lazy("The same amount on each product")),
            ]
        ),
        coerce=Calculator,
        default=Calculator.PERCENT_PER_ITEM,
    )
    amount = StringField(
        lazy("How much"), [Required()], description=lazy("Per cent, or money, as chosen above: 12 or 0.50.")
    )

    def __init__(self, *given: Any, currency: str, **options: Any) -> None:
        super().__init__(*given, **options)
        self.currency = currency
        self.value = 0

    def validate(self, extra_validators: Any = None) -> bool:
        """Check the fields and keep basis points or minor units in ``self.value``."""
        if not super().validate(extra_validators):
            return False
        try:
            self.value = self._read()
        except ValueError as error:
            self.amount.errors = [str(error)]
            return False
        return True

    def _read(self) -> int:
        typed = (self.amount.data or "").strip().rstrip("%")
        if self.calculator.data is Calculator.FLAT_PER_ITEM:
            return cells.read_price(typed, self.currency)
        try:
            percent = read_decimal(typed)
        except ValueError:
            raise ValueError(gettext("Write a percentage such as 12 or 7.5.")) from None
        basis_points = percent * 100
        if not 0 <= percent <= 100 or basis_points != int(basis_points):
            raise ValueError(gettext("A percentage lies between 0 and 100, with two decimals at most."))
        return int(basis_points)

    @staticmethod
    def values_of(fee: Fee, currency: str) -> dict[str, Any]:
        """What the form shows of a fee."""
        if fee.calculator is Calculator.PERCENT_PER_ITEM:
            amount = cells.as_typed(Decimal(fee.value) / 100)
        else:
            amount = cells.as_typed(money.to_decimal(fee.value, currency))
        return {"name": fee.name, "kind": fee.kind, "calculator": fee.calculator, "amount": amount}
