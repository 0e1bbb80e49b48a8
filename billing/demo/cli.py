"""``flask demo``: an instance to try, and volume to measure."""

import click
from flask import Flask, current_app

from coopcircuits.cli import Group
from coopcircuits.demo.progress import gauge

demo_group = Group("demo", help="An instance to try, and volume to measure.")


def _app() -> Flask:
    found: Flask = current_app._get_current_object()  # type: ignore[attr-defined]  # werkzeug's proxy, documented
    return found


@demo_group.command("load")
def demo_load() -> None:
    """Build the demonstration in an empty database: shops, people and four months of orders that end now."""
    from billing.demo.loader import load  # the payment sandbox behind it takes long to import

    with gauge() as shown:
        built = load(_app(), shown)
    click.echo(f"The demonstration is ready: {built.shops} shops, {built.products} products, {built.orders} orders.")


@demo_group.command("grow")
@click.option("--shops", type=click.IntRange(min=1), default=100, show_default=True)
@click.option(
    "--products", type=click.IntRange(min=0), default=5_000, show_default=True, help="Shared among the shops."
)
@click.option("--orders", type=click.IntRange(min=0), default=20_000, show_default=True, help="Over two years.")
def demo_grow(shops: int, products: int, orders: int) -> None:
    """Add volume fast, for measuring: farm shops all over France. Nothing else may write meanwhile."""
    from billing.demo.growing import grow

    with gauge() as shown:
        grow(_app().extensions["database"], shown, shops=shops, products=products, orders=orders)
    click.echo(f"Added {shops} shops, {products} products and {orders} orders.")
