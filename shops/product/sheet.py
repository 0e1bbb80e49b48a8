"""The quiet spreadsheet: what a page of the catalogue shows, and what was typed into it."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from coopcircuits.i18n import gettext
from coopcircuits.templating import money_text
from shops.errors import CellProblem
from shops.product import cells
from shops.product.models import Variant
from shops.product.services import VariantChange
from shops.stock.queries import Level

#: Columns that can be typed into, in the order shown; each is a field of a variant or of its stock.
COLUMNS = ("name", "price", "on_hand", "on_demand")


@dataclass
class Row:
    """One variant: the texts in its cells, the values the person saw when they began, and what is wrong."""

    variant: Variant
    texts: dict[str, str]
    seen: dict[str, object]
    errors: dict[str, str] = field(default_factory=dict)
    #: The texts that are saved, whatever has been typed over them.
    saved: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        self.saved = self.texts

    @property
    def seen_text(self) -> str:
        """The seen values as one hidden field; the name comes last because it may hold anything."""
        seen = self.seen
        return f"{seen['price']};{seen['on_hand']};{int(bool(seen['on_demand']))};{seen['name']}"


def shown(variants: Iterable[Variant], levels: Mapping[int, Level], currency: str) -> list[Row]:
    """The rows of a page as they are kept."""
    rows = []
    for variant in variants:
        level = levels.get(variant.id, Level(0, False))
        seen: dict[str, object] = {
            "name": variant.name,
            "price": variant.price,
            "on_hand": level.on_hand,
            "on_demand": level.on_demand,
        }
        texts = {
            "name": variant.name,
            "price": cells.price_as_typed(variant.price, currency),
            "on_hand": str(level.on_hand),
            "on_demand": "1" if level.on_demand else "",
        }
        rows.append(Row(variant, texts, seen))
    return rows


def posted(form: Mapping[str, str], rows: list[Row], currency: str) -> list[VariantChange]:
    """Put what was typed into ``rows``, with errors beside the cells; returns the cells that were changed."""
    readers: dict[str, Callable[[str], object]] = {
        "name": lambda typed: cells.read_name(typed, most=120),
        "price": lambda typed: cells.read_price(typed, currency),
        "on_hand": cells.read_stock,
        "on_demand": bool,
    }
    changes = []
    for row in rows:
        key = row.variant.id
        _remember_seen(row, form.get(f"seen-{key}", ""))
        row.texts = {column: form.get(f"{column}-{key}", "").strip() for column in COLUMNS}
        if row.texts["on_demand"] and not row.texts["on_hand"]:
            row.texts["on_hand"] = str(row.seen["on_hand"])
        for column, read in readers.items():
            try:
                wanted = read(row.texts[column])
            except ValueError as error:
                row.errors[column] = str(error)
                continue
            if wanted != row.seen[column]:
                changes.append(VariantChange(key, column, row.seen[column], wanted))
    return changes


def refuse(rows: list[Row], problems: Iterable[CellProblem], currency: str) -> None:
    """Put a use case's refusals beside their cells; the person has now seen the present values."""
    by_id = {row.variant.id: row for row in rows}
    for problem in problems:
        row = by_id[problem.variant_id]
        now = money_text(int(str(problem.now)), currency) if problem.field == "price" else problem.now
        row.errors[problem.field] = gettext(problem.message, now=now)
        row.seen[problem.field] = problem.now


def _remember_seen(row: Row, text: str) -> None:
    """Take over what the page showed; a mangled field counts as what is kept now."""
    price, on_hand, on_demand, *name = (text.split(";", 3) + [""] * 4)[:4]
    if price.isdecimal() and on_hand.isdecimal() and len(price) < 12 and len(on_hand) < 12:
        row.seen = {"price": int(price), "on_hand": int(on_hand), "on_demand": on_demand == "1", "name": name[0]}
