"""The books for the cooperative: the journal, the shops' accounts, closings and files; and each shop's own account."""

from flask import Response, render_template, request
from flask.typing import ResponseReturnValue

from billing.addresses import month_in
from billing.ledger import accounts, archive, fec, instance, queries, sheets
from billing.ledger.models import Journal
from billing.ledger.queries import Wanted
from billing.ledger.words import JOURNALS, KINDS
from coopcircuits.asked import Page, asked_page, asked_words, page_of
from coopcircuits.doors import read_session
from coopcircuits.download import download
from coopcircuits.errors import NotFound
from coopcircuits.spreadsheet import answer, kind_in
from shops.enterprise import queries as enterprises
from shops.enterprise.models import Enterprise
from shops.permissions import current_enterprise

_ROWS = 60


def journal() -> ResponseReturnValue:
    session = read_session()
    shop = enterprises.by_permalink(session, request.args["shop"]) if request.args.get("shop") else None
    wanted = _wanted(shop)
    count, debit = queries.count_entries(session, wanted)
    page = page_of(count, _ROWS)
    return render_template(
        "billing/ledger/journal.html",
        entries=queries.latest_entries(session, wanted, skip=page.skipped, most=_ROWS),
        count=count,
        debit=debit,
        page=page,
        wanted=wanted,
        shop=shop,
        journals=JOURNALS,
        months=queries.months(session),
        years=queries.years(session),
        last_closed=next(iter(queries.latest_closings(session, skip=0, most=1)), None),
    )


def shops() -> ResponseReturnValue:
    session, text = read_session(), asked_words()
    found, count = accounts.balances(session, text=text, skip=Page(asked_page(), 0, _ROWS).skipped, most=_ROWS)
    return render_template(
        "billing/ledger/shops.html",
        balances=found,
        text=text,
        page=page_of(count, _ROWS),
        owed=accounts.owed_by_all(session),
    )


def shop_account(shop: str) -> ResponseReturnValue:
    return _account("billing/ledger/shop_account.html", enterprises.by_permalink(read_session(), shop))


def shop_account_file(shop: str, kind: str) -> Response:
    return answer(sheets.account_sheet(read_session(), enterprises.by_permalink(read_session(), shop)), kind_in(kind))


def own_account(shop: str) -> ResponseReturnValue:
    return _account("billing/ledger/own_account.html", current_enterprise())


def own_account_file(shop: str, kind: str) -> Response:
    return answer(sheets.account_sheet(read_session(), current_enterprise()), kind_in(kind))


def closings() -> ResponseReturnValue:
    session = read_session()
    head = queries.head(session)
    page = page_of(head.closings if head else 0, _ROWS)
    return render_template(
        "billing/ledger/closings.html",
        closings=queries.latest_closings(session, skip=page.skipped, most=_ROWS),
        page=page,
        kinds=KINDS,
        journals=JOURNALS,
        verified=queries.last_verification(session),
    )


def fec_file(year: int) -> Response:
    session = read_session()
    name = fec.file_name(session, _year(year))
    return download(name, fec.fec(session, year), f"text/plain; charset={fec.ENCODING}")


def journal_file(year: int, kind: str) -> Response:
    return answer(sheets.journal_sheet(read_session(), _year(year)), kind_in(kind))


def books_file() -> Response:
    return download(archive.FILE_NAME, archive.lines(instance.own_records(read_session())), "application/jsonl")


def _account(template: str, shop: Enterprise) -> str:
    session = read_session()
    page = page_of(accounts.count_moves(session, shop.id), _ROWS)
    return render_template(
        template,
        shop=shop,
        moves=list(accounts.moves(session, shop.id, skip=page.skipped, most=_ROWS)),
        owed=accounts.owed_by(session, shop.id),
        page=page,
    )


def _wanted(shop: Enterprise | None) -> Wanted:
    """What the address narrows the journal to; what it cannot mean is a page that does not exist."""
    asked = request.args
    if asked.get("journal") and asked["journal"] not in set(Journal):
        raise NotFound
    return Wanted(
        journal=Journal(asked["journal"]) if asked.get("journal") else None,
        month=str(month_in(asked["month"])) if asked.get("month") else "",
        shop_id=shop.id if shop else None,
        text=asked.get("q", "").strip(),
    )


def _year(year: int) -> int:
    if not 2000 <= year <= 2099:
        raise NotFound
    return year
