"""What is typed about a budget."""

from wtforms.validators import Optional

from billing.cost.models import CostCategory
from billing.cost.words import CATEGORIES
from coopcircuits.forms import Form, MoneyField


class BudgetForm(Form):
    """One amount for each category, in a field named after it."""

    def amounts(self) -> dict[CostCategory, int]:
        """What was typed, in minor units; an empty field is 0."""
        return {category: self[category.value].data or 0 for category in CostCategory}


for _category in CostCategory:  # made from the list, so that no category can be missing
    setattr(BudgetForm, _category.value, MoneyField(CATEGORIES[_category], [Optional()]))
