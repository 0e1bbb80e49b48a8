"""What an order costs and the tax inside it: one calculation for the page, the order and the ledger."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from coopcircuits.money import NOTHING, TaxedMoney, allocate


@dataclass(frozen=True)
class Amounts:
    """Minor units, tax included; ``taxes`` splits ``total`` by rate in basis points."""

    items_total: int
    delivery_fee: int
    taxes: Mapping[int, TaxedMoney]

    @property
    def total(self) -> int:
        return self.items_total + self.delivery_fee

    @property
    def tax_total(self) -> int:
        return sum(part.tax for part in self.taxes.values())


def work_out(lines: Iterable[tuple[int, int]], delivery_fee: int) -> Amounts:
    """The amounts of lines given as (tax-included total, rate in basis points), and of a tax-included delivery fee.

    Tax is rounded once per line. Delivery is accessory to the goods and follows their rates: it is shared among them in
    proportion to the goods' totals, to the cent, and rounded once per rate.
    """
    goods: dict[int, int] = {}
    taxes: dict[int, TaxedMoney] = {}
    for total, rate in lines:
        goods[rate] = goods.get(rate, 0) + total
        taxes[rate] = taxes.get(rate, NOTHING) + TaxedMoney.from_gross(total, rate)
    rates = sorted(goods)
    if delivery_fee and rates:
        weights = [goods[rate] for rate in rates] if any(goods.values()) else [1] * len(rates)
        for rate, share in zip(rates, allocate(delivery_fee, weights), strict=True):
            taxes[rate] += TaxedMoney.from_gross(share, rate)
    return Amounts(sum(goods.values()), delivery_fee, {rate: taxes[rate] for rate in rates})


def difference(after: Mapping[int, TaxedMoney], before: Mapping[int, TaxedMoney]) -> dict[int, TaxedMoney]:
    """``after`` − ``before`` by rate, without the rates at which nothing moved."""
    moved = {rate: after.get(rate, NOTHING) - before.get(rate, NOTHING) for rate in sorted({*after, *before})}
    return {rate: part for rate, part in moved.items() if part != NOTHING}


def spread(gross: int, over: Mapping[int, TaxedMoney]) -> dict[int, TaxedMoney]:
    """Split ``gross`` among the rates of ``over`` in proportion to what was sold at each (not all zero)."""
    rates = [rate for rate in sorted(over) if over[rate].gross > 0]
    shares = allocate(gross, [over[rate].gross for rate in rates])
    return {rate: TaxedMoney.from_gross(share, rate) for rate, share in zip(rates, shares, strict=True) if share}
