"""Import a catalogue in three steps: send a file, look at what it would do, confirm. And take it out again."""

from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from coopcircuits.auth.login import current_actor
from coopcircuits.doors import read_session, transaction
from coopcircuits.errors import DomainError
from coopcircuits.i18n import _, gettext
from coopcircuits.references import permalink
from shops.catalogue_import import queries, services
from shops.catalogue_import.export import export as export_lines
from shops.catalogue_import.export import model as model_lines
from shops.catalogue_import.forms import UploadForm
from shops.catalogue_import.reading import COLUMNS, MOST_BYTES
from shops.permissions import current_enterprise
from shops.product.queries import products_of
from shops.stock.queries import levels

_SHOWN_PROBLEMS = 200
_SHOWN_ROWS = 12


def new(shop: str) -> ResponseReturnValue:
    return _upload_page(UploadForm())


def upload(shop: str) -> ResponseReturnValue:
    form, sent = UploadForm(), request.files.get("file")
    if sent is None or not sent.filename:
        form.file.errors = [gettext("Choose a file first.")]
        return _upload_page(form)
    try:
        with transaction() as session:
            kept = services.keep_upload(
                session,
                actor=current_actor(),
                enterprise_id=current_enterprise().id,
                file_name=sent.filename,
                content=sent.stream.read(MOST_BYTES + 1),
            )
    except DomainError as error:
        form.refuse(error)
        return _upload_page(form)
    return redirect(url_for("catalogue_import.preview", shop=shop, import_id=kept.id))


def _upload_page(form: UploadForm) -> ResponseReturnValue:
    page = render_template("shops/catalogue_import/new.html", form=form, columns=COLUMNS)
    return page, 422 if form.errors else 200


def preview(shop: str, import_id: int) -> ResponseReturnValue:
    enterprise, session = current_enterprise(), read_session()
    kept = queries.import_of(session, enterprise_id=enterprise.id, import_id=import_id)
    if kept.confirmed_at is not None:
        return render_template("shops/catalogue_import/done.html", done=kept)
    try:
        parsed, plan = services.preview(session, enterprise_id=enterprise.id, content=kept.content)
    except DomainError as error:  # what the file relies on has changed since it was sent
        form = UploadForm()
        form.refuse(error)
        return _upload_page(form)
    return render_template(
        "shops/catalogue_import/preview.html",
        kept=kept,
        plan=plan,
        lines=parsed.lines,
        ignored=parsed.ignored,
        problems=plan.problems[:_SHOWN_PROBLEMS],
        rows=parsed.rows[:_SHOWN_ROWS],
        currency=enterprise.currency,
    )


def confirm(shop: str, import_id: int) -> ResponseReturnValue:
    try:
        with transaction() as session:
            services.confirm(
                session,
                actor=current_actor(),
                enterprise_id=current_enterprise().id,
                import_id=import_id,
                digest=request.form.get("digest", ""),
            )
    except services.BadLines:
        flash(_("Some lines need another look. Nothing was saved."), "warning")
    except services.ImportExpired as error:
        flash(str(error), "warning")
        return redirect(url_for("catalogue_import.new", shop=shop))
    return redirect(url_for("catalogue_import.preview", shop=shop, import_id=import_id))


def model(shop: str) -> ResponseReturnValue:
    """A file to start from."""
    return _file("".join(model_lines()), gettext("catalogue model"))


def export(shop: str) -> ResponseReturnValue:
    """The catalogue as a file."""
    enterprise, session = current_enterprise(), read_session()
    products = products_of(session, producer_ids=[enterprise.id])
    found = levels(session, [variant.id for product in products for variant in product.variants])
    return _file("".join(export_lines(products, found, enterprise.currency)), enterprise.permalink)


def _file(text: str, name: str) -> Response:
    disposition = f'attachment; filename="{permalink(name)}.csv"'
    return Response(text, mimetype="text/csv", headers={"Content-Disposition": disposition})
