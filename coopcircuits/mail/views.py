"""The demonstration's letter box: every mail as the person who gets it would see it."""

from flask import Response, render_template, request
from flask.typing import ResponseReturnValue

from coopcircuits import security
from coopcircuits.doors import read_session
from coopcircuits.errors import NotFound
from coopcircuits.mail import attachments, queries

_PAGE = 30


def letter_box() -> ResponseReturnValue:
    session = read_session()
    recipient = request.args.get("to", "").strip().lower()
    last = request.args.get("before", "")
    before = int(last) if last.isdecimal() and len(last) < 10 else None
    mails = queries.newest(session, recipient=recipient, most=_PAGE, before=before)
    return render_template(
        "coopcircuits/demo/mails.html",
        mails=mails,
        recipient=recipient,
        recipients=queries.recipients(session),
        older=mails[-1].id if len(mails) == _PAGE else None,
    )


def letter(mail_id: int) -> ResponseReturnValue:
    mail = queries.one(read_session(), mail_id)
    page = render_template("coopcircuits/demo/mail.html", mail=mail, attached=attachments.named(mail))
    return page, {"Content-Security-Policy": security.policy(frame_src="'self'")}


def letter_body(mail_id: int) -> ResponseReturnValue:
    """The mail's own HTML, for the frame on its page: it may carry styles; it can only show and lead away."""
    shut_in = security.policy(
        script_src="'none'",
        style_src="'unsafe-inline'",
        frame_ancestors="'self'",
        sandbox="allow-popups allow-popups-to-escape-sandbox",
    )
    headers = {"Content-Security-Policy": shut_in, "X-Frame-Options": "SAMEORIGIN"}
    return Response(queries.one(read_session(), mail_id).html, headers=headers)


def letter_attachment(mail_id: int, place: int) -> ResponseReturnValue:
    """A file that travels with the mail."""
    mail = queries.one(read_session(), mail_id)
    attached = attachments.named(mail)
    if place >= len(attached):
        raise NotFound
    file = attachments.fetch(read_session(), attached[place])
    headers = {"Content-Disposition": f'inline; filename="{file.name}"'}
    return Response(file.content, mimetype=file.mime, headers=headers)
