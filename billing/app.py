"""Joins this floor to the application."""

from importlib import import_module
from typing import Any

from flask import Flask, render_template, request
from markupsafe import Markup

from billing import cli, menus, urls
from billing.api.operations import OPERATIONS
from billing.availability import words as availability_words
from billing.bank_import import words as bank_words
from billing.bank_import.cli import receipts_group
from billing.collection import views as collection
from billing.collection import words as receipt_words
from billing.commons import words
from billing.commons.cli import federation_group
from billing.cost.spending import last_spending
from billing.cost.words import CATEGORIES
from billing.demo.cli import demo_group
from billing.direct_debit.cli import debits_group
from billing.invoice import shop_views as own_invoices
from billing.invoice import views as invoices
from billing.invoice import words as invoice_words
from billing.invoice.cli import invoices_group
from billing.ledger import sections as ledger_sections
from billing.ledger import words as ledger_words
from billing.ledger.cli import ledger_group
from billing.online_payment import views as online_payment
from billing.purchase import views as purchase
from billing.scheme.words import scheme_in_short, scheme_name
from billing.starter import views as starter
from billing.statement import words as statement_words
from billing.treasury import words as treasury_words
from coopcircuits import routing
from coopcircuits.api.openapi import add_operations
from coopcircuits.api.scopes import Scope, add_scopes
from coopcircuits.doors import read_session
from coopcircuits.i18n import _, lazy
from coopcircuits.templating import add_section, add_to_menu, menu

#: These register commands, jobs and subscribers when they are imported, in this order: what was collected is placed
#: before the books hear of it.
_REGISTERING = (
    "billing.jobs",
    "billing.subscribers",
    "billing.allocation.cli",
    "billing.allocation.jobs",
    "billing.availability.cli",
    "billing.availability.jobs",
    "billing.collection.subscribers",
    "billing.dispute.subscribers",
    "billing.invoice.jobs",
    "billing.invoice.subscribers",
    "billing.ledger.jobs",
    "billing.ledger.subscribers",
    "billing.notice.jobs",
    "billing.notice.subscribers",
    "billing.online_payment.jobs",
    "billing.peer.subscribers",
    "billing.reminder.jobs",
    "billing.reminder.subscribers",
    "billing.sharing_key.subscribers",
)


def init_app(app: Flask) -> None:
    for name in _REGISTERING:
        import_module(name)
    routing.add_rules(app, urls.RULES)
    _commands(app)
    _words(app)
    _programs(app)
    _menus(app)
    _sections(app)

    @app.context_processor
    def _cooperative_pages() -> dict[str, Any]:
        """Every page of the cooperative carries its sections."""
        if not request.path.startswith("/cooperative"):
            return {}
        return {
            "section_name": _("Cooperative"),
            "section_url": "/cooperative",
            "section_menu": menu(app, "cooperative"),
        }


def _commands(app: Flask) -> None:
    for group in (cli.billing_group, federation_group, demo_group):
        app.cli.add_command(group)
    for group in (invoices_group, ledger_group, receipts_group, debits_group):
        cli.billing_group.add_command(group)


def _words(app: Flask) -> None:
    """What templates say of this floor's things."""
    app.jinja_env.filters["country"] = words.country_text
    app.jinja_env.globals.update(
        availability_words=availability_words,
        bank_words=bank_words,
        cost_categories=CATEGORIES,
        invoice_words=invoice_words,
        ledger_words=ledger_words,
        receipt_words=receipt_words,
        scheme_in_short=scheme_in_short,
        scheme_name=scheme_name,
        statement_words=statement_words,
        treasury_words=treasury_words,
        words=words,
    )


def _programs(app: Flask) -> None:
    """What other programs may read."""
    add_scopes(
        app,
        Scope("statements:read", lazy("Statements of contributions")),
        Scope("invoices:read", lazy("Invoices and credit notes")),
        Scope("contributions:read", lazy("Contributions of all shops, month by month"), cooperative=True),
    )
    add_operations(app, *OPERATIONS)


def _menus(app: Flask) -> None:
    add_to_menu(app, "main", menus.of_everybody)
    add_to_menu(app, "shop", menus.of_a_shop)
    add_to_menu(app, "cooperative", menus.of_the_cooperative)
    add_to_menu(app, "footer", menus.at_the_foot)


def _sections(app: Flask) -> None:
    """Parts of pages, by the place where they stand."""
    for place, section in (
        ("home", _where_money_goes),
        ("exports", ledger_sections.on_exports),
        ("contribution", own_invoices.latest),
        ("contribution", ledger_sections.on_contribution),
        ("contribution-first", collection.shop_section),
        ("contribution-first", purchase.shop_section),
        ("contribution-first", starter.shop_section),
        ("invoiced-statement", invoices.on_statement),
        ("work-failures", invoices.unwritten_section),
        ("cooperative-work", invoices.unwritten_section),
        ("cooperative", collection.late_section),
        ("invoice", collection.invoice_section),
        ("own-invoice", collection.invoice_section),
        ("pay-invoice", online_payment.pay_section),
        ("receipts", online_payment.strays_section),
    ):
        add_section(app, place, section)


def _where_money_goes() -> Markup | None:
    spending = last_spending(read_session())
    if spending is None:
        return None
    return Markup(render_template("billing/cost/home.html", spending=spending))  # noqa: S704 - our own template
