"""The catalogue's pages: the list that is edited in place, and the page of one product."""

from collections.abc import Sequence
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from coopcircuits import clock
from coopcircuits.asked import Page, asked_page, asked_words, whole_number
from coopcircuits.auth.login import current_actor
from coopcircuits.doors import read_session, transaction
from coopcircuits.errors import DomainError
from coopcircuits.i18n import _, gettext, ngettext
from coopcircuits.tax import TaxCategory, rates_on
from coopcircuits.templating import here, rate_text
from shops.errors import CellsRefused
from shops.permissions import current_enterprise
from shops.product import queries, services, sheet
from shops.product.categories import category_name
from shops.product.forms import ProductForm
from shops.product.models import Category, Variant
from shops.product.services import Saved
from shops.product.taxes import tax_name
from shops.stock.queries import levels

PER_PAGE = 40


def index(shop: str) -> ResponseReturnValue:
    """The list, as the words of the address filter it."""
    enterprise, session, page = current_enterprise(), read_session(), asked_page()
    variants, total = queries.list_variants(
        session,
        producer_id=enterprise.id,
        category=_asked_category(),
        words=asked_words(),
        page=page,
        per_page=PER_PAGE,
    )
    rows = sheet.shown(variants, levels(session, [variant.id for variant in variants]), enterprise.currency)
    return _list_page(rows, Page(page, total, PER_PAGE))


def save_list(shop: str) -> ResponseReturnValue:
    """Save the changed cells, all or nothing, and come back to the same place of the list."""
    enterprise, session = current_enterprise(), read_session()
    ids = [found for typed in request.form.getlist("row")[:500] if (found := whole_number(typed)) is not None]
    variants = queries.variants_of(session, producer_id=enterprise.id, variant_ids=ids)
    rows = sheet.shown(variants, levels(session, ids), enterprise.currency)
    changes = sheet.posted(request.form, rows, enterprise.currency)
    if not any(row.errors for row in rows):
        try:
            with transaction() as session:
                saved = services.edit_variants(
                    session, actor=current_actor(), producer_id=enterprise.id, changes=changes
                )
            _say_saved(len(changes), saved, variants)
            return redirect(here())
        except CellsRefused as error:
            sheet.refuse(rows, error.problems, enterprise.currency)
    return _list_page(rows, Page(1, len(rows), PER_PAGE)), 422


def _list_page(rows: list[sheet.Row], page: Page) -> str:
    enterprise = current_enterprise()
    return render_template(
        "shops/product/index.html",
        rows=rows,
        page=page,
        words=asked_words(),
        category=_asked_category(),
        categories=queries.categories_of(read_session(), producer_id=enterprise.id),
        currency=enterprise.currency,
    )


def _asked_category() -> Category | None:
    typed = request.args.get("category", "")
    return Category(typed) if typed in set(Category) else None


def _say_saved(changes: int, saved: Saved, variants: Sequence[Variant]) -> None:
    if not changes:
        flash(_("Nothing had changed."), "info")
        return
    flash(ngettext("%(num)s change saved.", "%(num)s changes saved.", changes), "success")
    names = {variant.id: variant.product.name for variant in variants}
    if saved.moved_meanwhile:
        moved = ", ".join(f"{names[key]} {left}" for key, left in saved.moved_meanwhile.items())
        flash(
            _(
                "Orders came in while you were typing. Your changes were added to them: %(moved)s.",
                moved=moved,
            ),
            "info",
        )


def new(shop: str) -> ResponseReturnValue:
    enterprise = current_enterprise()
    form = _form()
    if "more" in request.form:
        form.add_line()
    elif form.accepted:
        details = form.details()
        with transaction() as session:
            product = services.create_product(
                session, actor=current_actor(), producer_id=enterprise.id, variants=form.added(), **vars(details)
            )
        flash(_("%(name)s is in your catalogue.", name=product.name), "success")
        return redirect(url_for("product.index", shop=shop))
    return _product_page(form)


def edit(shop: str, product_id: int) -> ResponseReturnValue:
    enterprise, session = current_enterprise(), read_session()
    product = queries.product_of(session, producer_id=enterprise.id, product_id=product_id)
    stock = levels(session, [variant.id for variant in product.variants])
    form = _form(data=ProductForm.values_of(product, stock, enterprise.currency))
    if "more" in request.form:
        form.add_line()
    elif form.accepted:
        try:
            with transaction() as session:
                services.edit_product(
                    session,
                    actor=current_actor(),
                    producer_id=enterprise.id,
                    product_id=product_id,
                    details=form.details(),
                    changes=form.changes(product),
                    added=form.added(),
                    removed=form.removed(),
                )
            flash(_("%(name)s is saved.", name=form.name.data), "success")
            return redirect(url_for("product.index", shop=shop))
        except CellsRefused as error:
            form.refuse_cells(error.problems, enterprise.currency)
        except DomainError as error:
            form.refuse(error)
    return _product_page(form, product_id=product_id, drawing=product.drawing)


def _form(**options: Any) -> ProductForm:
    enterprise = current_enterprise()
    form: ProductForm = ProductForm.posted(
        currency=enterprise.currency,
        categories=[(category, category_name(category)) for category in Category],
        taxes=_taxes(read_session(), enterprise.country),
        **options,
    )
    return form


def _taxes(session: Session, country: str) -> list[tuple[TaxCategory, str]]:
    """The tax categories with the rate of today."""
    rates = rates_on(session, country=country, day=clock.now().date())
    return [(category, f"{tax_name(category)} ({rate_text(rates.get(category, 0))})") for category in TaxCategory]


def _product_page(form: ProductForm, *, product_id: int | None = None, drawing: str = "") -> ResponseReturnValue:
    page = render_template("shops/product/edit.html", form=form, product_id=product_id, drawing_name=drawing)
    return page, 422 if form.errors else 200


def deletion(shop: str, product_id: int) -> ResponseReturnValue:
    product = queries.product_of(read_session(), producer_id=current_enterprise().id, product_id=product_id)
    return render_template("shops/product/delete.html", product=product)


def delete(shop: str, product_id: int) -> ResponseReturnValue:
    with transaction() as session:
        product = services.delete_product(
            session, actor=current_actor(), producer_id=current_enterprise().id, product_id=product_id
        )
    flash(gettext("%(name)s is off your list. Past orders still show it.", name=product.name), "success")
    return redirect(url_for("product.index", shop=shop))
