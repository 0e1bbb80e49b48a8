"""The hosted pages: paying a session, the bank's question, completing an account. Plain forms, no script."""

import re
from typing import Any
from urllib.parse import urlencode, urlsplit

from flask import Blueprint, Response, make_response, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from coopcircuits import clock
from coopcircuits.payments.sandbox import PLATFORM, accounts, checkout, debits
from coopcircuits.payments.sandbox.api import provider
from coopcircuits.payments.sandbox.cards import BY_NUMBER, Card
from coopcircuits.payments.sandbox.desk import Desk
from coopcircuits.payments.sandbox.intents import attempt, card_of
from coopcircuits.payments.sandbox.store import Json
from coopcircuits.payments.sandbox.words import amount, language, words

pages = Blueprint("pages", __name__)
FIELDS = ("number", "expiry", "cvc")
#: The field that a bank's refusal is about; any other is about the number.
FIELD_OF = {"expired_card": "expiry", "incorrect_cvc": "cvc"}


@pages.get("/pay/<id>")
def show_payment(id: str) -> AnyResponse:
    """The payment page, with what the bank last said."""
    found = _session(id)
    if not found:
        return _absent()
    account, session = found
    with provider().open(account, public_url=request.host_url) as desk:
        intent = desk.get("payment_intent", session["payment_intent"]) if session["payment_intent"] else None
        errors = _bank_errors(intent, language(session["locale"]))
        return _payment_page(desk, session, {}, errors)


@pages.post("/pay/<id>")
def submit_payment(id: str) -> AnyResponse:
    """Try the card typed. A number that is no test card goes nowhere but back into the page."""
    found = _session(id)
    if not found:
        return _absent()
    account, session = found
    if "iban" in request.form:
        return _submit_debit(account, id)
    typed = {name: request.form.get(name, "")[:40].strip() for name in FIELDS}
    card, errors = read_card(typed, language(session["locale"]))
    with provider().open(account, public_url=request.host_url) as desk:
        session = desk.get(checkout.KIND, id)  # it may have been paid in another tab a moment ago
        if session["status"] != "open" or card is None:
            return _payment_page(desk, session, typed, errors)
        intent = checkout.pay(desk, session, card)
        if intent["status"] == "succeeded":
            return redirect(checkout.success_url(session), 303)
        if intent["status"] == "requires_action":
            return redirect(f"/authenticate/{intent['id']}", 303)
        return _payment_page(desk, session, typed, _bank_errors(intent, language(session["locale"])))


def _submit_debit(account: str, id: str) -> AnyResponse:
    """Debit the account typed; one that is no test account goes nowhere but back into the page."""
    iban = re.sub(r"\s", "", request.form["iban"])[:40].upper()
    with provider().open(account, public_url=request.host_url) as desk:
        session = desk.get(checkout.KIND, id)
        if session["status"] != "open" or iban not in debits.ACCOUNTS:
            error = words(language(session["locale"]))["unknown_iban"]
            return _payment_page(desk, session, {"iban": iban}, {"iban": error})
        debits.sign(desk, session, iban)
        return redirect(checkout.success_url(session), 303)


@pages.get("/authenticate/<id>")
def show_authentication(id: str) -> AnyResponse:
    """The bank's page."""
    found = provider().store.find(id, "payment_intent")
    if not found:
        return _absent()
    with provider().open(found[0], public_url=request.host_url) as desk:
        intent = desk.get("payment_intent", id)
        session = checkout.session_of(desk, intent)
        leads_to = _after_authentication(desk, intent, session, _return_url(intent))
        if intent["status"] != "requires_action":
            return redirect(leads_to, 303)
        code = language(session["locale"] if session else None)
        return _page("authenticate.html", code, leads_to=[leads_to, *_exits(session)], intent=intent)


@pages.post("/authenticate/<id>")
def submit_authentication(id: str) -> AnyResponse:
    """What the buyer told the bank."""
    found = provider().store.find(id, "payment_intent")
    if not found:
        return _absent()
    with provider().open(found[0], public_url=request.host_url) as desk:
        intent = desk.get("payment_intent", id)
        back = _return_url(intent)
        if intent["status"] == "requires_action":
            intent = answer_bank(desk, intent, request.form.get("answer") == "accept")
        return redirect(_after_authentication(desk, intent, checkout.session_of(desk, intent), back), 303)


@pages.get("/connect/<id>")
def show_onboarding(id: str) -> AnyResponse:
    """Where a shop's owner completes the account."""
    return _onboarding(
        id,
        lambda desk, link: _page(
            "connect.html",
            language(None),
            leads_to=[link["return_url"]],
            account=desk.get("account", link["account"]),
        ),
    )


@pages.post("/connect/<id>")
def submit_onboarding(id: str) -> AnyResponse:
    """Complete the account, or leave it for later."""

    def submit(desk: Desk, link: Json) -> AnyResponse:
        desk.store.save({**link, "used": True})
        if request.form.get("answer") == "activate":
            accounts.complete(desk, link["account"])
        return redirect(link["return_url"], 303)

    return _onboarding(id, submit)


def read_card(typed: dict[str, str], code: str) -> tuple[Card | None, dict[str, str]]:
    """The test card of a form, or what is wrong with each field."""
    say, errors = words(code), {}
    card = BY_NUMBER.get(re.sub(r"[\s-]", "", typed["number"]))
    if card is None:
        errors["number"] = say["unknown_card"] if typed["number"] else say["missing"]
    month = re.fullmatch(r"(0?[1-9]|1[0-2])\s*/\s*(?:20)?(\d\d)", typed["expiry"])
    if month is None:
        errors["expiry"] = say["bad_expiry"] if typed["expiry"] else say["missing"]
    elif (2000 + int(month[2]), int(month[1])) < (clock.now().year, clock.now().month):
        errors["expiry"] = say["past_expiry"]
    if not re.fullmatch(r"\d{3,4}", typed["cvc"]):
        errors["cvc"] = say["bad_cvc"] if typed["cvc"] else say["missing"]
    return (None if errors else card), errors


def answer_bank(desk: Desk, intent: Json, authenticated: bool) -> Json:
    """Finish an attempt that waited for the bank's question."""
    session, card = checkout.session_of(desk, intent), card_of(desk, intent)
    if session:
        return checkout.pay(desk, session, card, authenticated=authenticated)
    return attempt(desk, intent, card, back="", authenticated=authenticated)


def _onboarding(id: str, act: Any) -> AnyResponse:
    found = provider().store.find(id, "sandbox_link")
    if not found:
        return _absent()
    with provider().open(PLATFORM, public_url=request.host_url) as desk:
        link = desk.get("sandbox_link", id)
        if link["used"] or link["expires_at"] < desk.now:
            return redirect(link["refresh_url"], 303)
        answer: AnyResponse = act(desk, link)
        return answer


def _session(id: str) -> tuple[str, Json] | None:
    with provider().open() as desk:
        return desk.store.find(id, checkout.KIND)


def _exits(session: Json | None) -> list[str]:
    return [url for url in (session["success_url"], session["cancel_url"]) if url] if session else []


def _return_url(intent: Json) -> str:
    return str((intent["next_action"] or {}).get("redirect_to_url", {}).get("return_url") or "/")


def _after_authentication(desk: Desk, intent: Json, session: Json | None, back: str) -> str:
    if session:
        return (
            checkout.success_url(session)
            if session["status"] == "complete"
            else f"{desk.public_url}/pay/{session['id']}"
        )
    result = {
        "payment_intent": intent["id"],
        "payment_intent_client_secret": intent["client_secret"],
        "redirect_status": "succeeded" if intent["status"] == "succeeded" else "failed",
    }
    return f"{back}{'&' if '?' in back else '?'}{urlencode(result)}"


def _bank_errors(intent: Json | None, code: str) -> dict[str, str]:
    error = intent and intent["last_payment_error"]
    if not error:
        return {}
    say = words(code)
    reason = error.get("decline_code") if error.get("decline_code") in say else error["code"]
    return {FIELD_OF.get(reason, "number"): say.get(reason, say["card_declined"])}


def _payment_page(desk: Desk, session: Json, typed: dict[str, str], errors: dict[str, str]) -> Response:
    code = language(session["locale"])
    exits = _exits(session)
    if session["status"] == "complete":
        return _notice(code, "done", checkout.success_url(session))
    if session["status"] == "expired":
        return _notice(code, "expired", session["cancel_url"], 410)
    shop = (
        desk.at(PLATFORM).get("account", desk.account)["business_profile"]["name"] if desk.account != PLATFORM else None
    )
    return _page(
        "pay.html",
        code,
        leads_to=exits,
        status=422 if errors and request.method == "POST" else 200,
        session=session,
        shop=shop,
        lines=checkout.order_of(desk, session)["line_items"],
        total=amount(session["amount_total"], session["currency"], code),
        typed=typed,
        errors=errors,
        fields=FIELDS,
    )


def _notice(code: str, which: str, link: str | None, status: int = 200) -> Response:
    return _page("notice.html", code, leads_to=[], status=status, which=which, link=link)


def _absent() -> Response:
    return _notice(language(None), "absent", None, 404)


def _page(template: str, code: str, *, leads_to: list[str], status: int = 200, **context: Any) -> Response:
    """A page whose forms may lead to the shop: browsers apply ``form-action`` to the redirect after a form as well."""
    html = render_template(f"sandbox/{template}", say=words(code), language=code, **context)
    response = make_response(html, status)
    origins = sorted({"{0.scheme}://{0.netloc}".format(urlsplit(url)) for url in leads_to if "://" in url})
    response.headers["Content-Security-Policy"] = (
        "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'; "
        f"form-action 'self' {' '.join(origins)}"
    )
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "no-store"
    return response
