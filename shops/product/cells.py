"""One cell at a time: prices, stocks, names and amounts as people type them, in lists, forms and files."""

from decimal import Decimal

from coopcircuits import i18n, money
from coopcircuits.forms import read_decimal
from coopcircuits.i18n import gettext

#: In minor units; ten thousand euros for a basket of vegetables is a slip of the keyboard.
MOST_PRICE = 1_000_000
MOST_STOCK = 100_000


def read_price(typed: str, currency: str) -> int:
    """A price as minor units; raises :class:`ValueError` with the sentence to show."""
    try:
        amount = money.to_minor(read_decimal(typed), currency)
    except ValueError:
        raise ValueError(gettext("Write an amount such as 12.50.")) from None
    if amount < 0:
        raise ValueError(gettext("The price cannot be negative."))
    if amount > MOST_PRICE:
        raise ValueError(gettext("This price is too high: please check it."))
    return amount


def read_stock(typed: str) -> int:
    """A stock as a whole number; raises :class:`ValueError` with the sentence to show."""
    try:
        count = read_decimal(typed)
    except ValueError:
        raise ValueError(gettext("Write a whole number, for example 12.")) from None
    if count < 0:
        raise ValueError(gettext("The stock cannot be negative."))
    if count > MOST_STOCK:
        raise ValueError(gettext("This stock is too large: please check it."))
    if count != int(count):
        raise ValueError(gettext("Write a whole number, for example 12."))
    return int(count)


def read_name(typed: str, *, most: int) -> str:
    """A name without needless spaces; raises :class:`ValueError` with the sentence to show."""
    name = " ".join(typed.split())
    if len(name) > most:
        raise ValueError(gettext("At most %(most)s characters.", most=most))
    if has_control_characters(name):
        raise ValueError(gettext("This contains characters that cannot be read."))
    return name


def has_control_characters(text: str) -> bool:
    """Whether a text holds what no keyboard types; ends of lines and tabs are fine."""
    return any((c < " " and c not in "\n\t") or "\x7f" <= c <= "\x9f" for c in text)


def as_typed(number: Decimal) -> str:
    """A number as the reader would type it, without needless zeros."""
    text = f"{number.normalize():f}" if number % 1 else str(int(number))
    return text.replace(".", ",") if i18n.language() == "fr" else text


def price_as_typed(minor: int, currency: str) -> str:
    """``390`` as "3,90"."""
    text = str(money.to_decimal(minor, currency))
    return text.replace(".", ",") if i18n.language() == "fr" else text
