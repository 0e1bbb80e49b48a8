"""Joins this floor to the application."""

from typing import Any

from flask import Flask, g, render_template, request, url_for
from flask_login import current_user
from markupsafe import Markup

from billing import cli, jobs, subscribers, urls  # noqa: F401 - jobs and subscribers register themselves
from billing.allocation import cli as allocation_cli  # noqa: F401 - registers itself
from billing.allocation import jobs as allocation_jobs  # noqa: F401 - registers itself
from billing.api.operations import OPERATIONS
from billing.availability import cli as availability_cli  # noqa: F401 - registers itself
from billing.availability import jobs as availability_jobs  # noqa: F401 - registers itself
from billing.availability import words as availability_words
from billing.bank_import import words as bank_words
from billing.bank_import.cli import receipts_group
from billing.collection import subscribers as collection_subscribers  # noqa: F401 - registers itself, before the books
from billing.collection import views as collection
from billing.collection import words as receipt_words
from billing.commons import words
from billing.commons.cli import federation_group
from billing.cost.spending import last_spending
from billing.cost.words import CATEGORIES
from billing.demo.cli import demo_group
from billing.direct_debit.cli import debits_group
from billing.dispute import subscribers as dispute_subscribers  # noqa: F401 - registers itself
from billing.invoice import jobs as invoice_jobs  # noqa: F401 - registers itself
from billing.invoice import shop_views as own_invoices
from billing.invoice import subscribers as invoice_subscribers  # noqa: F401 - registers itself
from billing.invoice import views as invoices
from billing.invoice import words as invoice_words
from billing.invoice.cli import invoices_group
from billing.ledger import jobs as ledger_jobs  # noqa: F401 - registers itself
from billing.ledger import sections as ledger_sections
from billing.ledger import subscribers as ledger_subscribers  # noqa: F401 - registers itself
from billing.ledger import words as ledger_words
from billing.ledger.cli import ledger_group
from billing.notice import jobs as notice_jobs  # noqa: F401 - registers itself
from billing.notice import subscribers as notice_subscribers  # noqa: F401 - registers itself
from billing.online_payment import jobs as online_payment_jobs  # noqa: F401 - registers itself
from billing.online_payment import views as online_payment
from billing.peer import subscribers as peer_subscribers  # noqa: F401 - registers itself
from billing.purchase import views as purchase
from billing.reminder import jobs as reminder_jobs  # noqa: F401 - registers itself
from billing.reminder import subscribers as reminder_subscribers  # noqa: F401 - registers itself
from billing.scheme.words import scheme_in_short, scheme_name
from billing.sharing_key import subscribers as key_subscribers  # noqa: F401 - registers itself
from billing.starter import views as starter
from billing.statement import words as statement_words
from billing.treasury import words as treasury_words
from coopcircuits import routing
from coopcircuits.api.openapi import add_operations
from coopcircuits.api.scopes import Scope, add_scopes
from coopcircuits.doors import read_session
from coopcircuits.i18n import _, lazy
from coopcircuits.templating import MenuItem, add_section, add_to_menu, menu
from shops.permissions import Permission, may


def init_app(app: Flask) -> None:
    routing.add_rules(app, urls.RULES)
    app.cli.add_command(cli.billing_group)
    cli.billing_group.add_command(invoices_group)
    cli.billing_group.add_command(ledger_group)
    cli.billing_group.add_command(receipts_group)
    cli.billing_group.add_command(debits_group)
    app.cli.add_command(federation_group)
    app.cli.add_command(demo_group)
    app.jinja_env.filters["country"] = words.country_text
    app.jinja_env.globals["words"] = words
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
    )
    add_scopes(
        app,
        Scope("statements:read", lazy("Statements of contributions")),
        Scope("invoices:read", lazy("Invoices and credit notes")),
        Scope("contributions:read", lazy("Contributions of all shops, month by month"), cooperative=True),
    )
    add_operations(app, *OPERATIONS)
    add_to_menu(app, "main", _main_menu)
    add_to_menu(app, "shop", _shop_menu)
    add_to_menu(app, "cooperative", _review_menu)
    add_section(app, "home", _where_money_goes)
    add_section(app, "exports", ledger_sections.on_exports)
    add_section(app, "contribution", own_invoices.latest)
    add_section(app, "contribution", ledger_sections.on_contribution)
    add_section(app, "invoiced-statement", invoices.on_statement)
    add_section(app, "work-failures", invoices.unwritten_section)
    add_section(app, "cooperative-work", invoices.unwritten_section)
    add_section(app, "contribution-first", collection.shop_section)
    add_section(app, "contribution-first", purchase.shop_section)
    add_section(app, "contribution-first", starter.shop_section)
    add_section(app, "invoice", collection.invoice_section)
    add_section(app, "cooperative", collection.late_section)
    add_section(app, "own-invoice", collection.invoice_section)
    add_section(app, "pay-invoice", online_payment.pay_section)
    add_section(app, "receipts", online_payment.strays_section)
    add_to_menu(app, "footer", lambda: [MenuItem(_("How shops contribute"), url_for("scheme.how"))])
    add_to_menu(app, "footer", lambda: [MenuItem(_("Where the money goes"), url_for("cost.transparency"))])
    add_to_menu(app, "footer", lambda: [MenuItem(_("The commons"), url_for("commons.public"))])
    add_to_menu(app, "cooperative", _commons_menu)

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


def _commons_menu() -> list[MenuItem]:
    return [
        MenuItem(_("The commons"), url_for("commons.review")),
        MenuItem(_("Sister instances"), url_for("peer.index")),
    ]


def _main_menu() -> list[MenuItem]:
    if not current_user.is_authenticated or not current_user.is_cooperative:
        return []
    return [MenuItem(_("Cooperative"), url_for("review.dashboard"))]


def _review_menu() -> list[MenuItem]:
    return [
        MenuItem(_("Statements"), url_for("review.queue")),
        MenuItem(_("Invoices"), url_for("invoice.index")),
        MenuItem(_("Money received"), url_for("collection.index")),
        MenuItem(_("Books"), url_for("ledger.journal")),
        MenuItem(_("Schemes and rates"), url_for("scheme.rates")),
        MenuItem(_("Costs"), url_for("cost.index")),
    ]


def _shop_menu() -> list[MenuItem]:
    if "enterprise" not in g or not g.enterprise.is_shop or not may(Permission.VIEW_ACCOUNTS):
        return []
    return [MenuItem(_("Contribution"), url_for("scheme.contribution", shop=g.enterprise.permalink))]


def _where_money_goes() -> Markup | None:
    spending = last_spending(read_session())
    if spending is None:
        return None
    return Markup(render_template("billing/cost/home.html", spending=spending))  # noqa: S704 - our own template
