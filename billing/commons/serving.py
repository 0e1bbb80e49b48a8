"""What sisters' machines read: who we are, what we published, what we have seen. Public, signed, no cookies."""

from flask import Response, request
from flask.typing import ResponseReturnValue

from billing.commons import queries
from billing.commons.instance import instance_name, signed_identity
from billing.commons.models import PublishedReport
from billing.commons.software import NAME, version
from billing.peer import queries as peers
from coopcircuits import page_cache, problems
from coopcircuits.doors import read_session, settings
from coopcircuits.errors import NotFound
from coopcircuits.federation.canonical import canonical_bytes
from coopcircuits.federation.index import IndexEntry, build_index, etag
from coopcircuits.federation.moments import format_moment
from coopcircuits.federation.nodeinfo import NODEINFO_PATH, RELATION, SCHEMA, build_nodeinfo
from coopcircuits.federation.reasons import Refusal
from coopcircuits.federation.schema import one_line
from coopcircuits.i18n import LANGUAGES, N_, gettext
from coopcircuits.site import site

YEAR = 365 * 24 * 3600
#: What keeps its content may get another signature, after a theft.
SIGNED_AGAIN = 300
#: Of what we received, so many reports of an issuer and a month are listed.
_LISTED = 20
_UNKNOWN_PERIOD = N_("We published no such report.")
_UNKNOWN_REPORT = N_("We received no such report.")
_UNKNOWN_ADDRESS = N_("There is nothing at this address.")


def nodeinfo_links() -> ResponseReturnValue:
    """Where NodeInfo and our protocol are."""
    base = settings().base_url
    links = [
        {"rel": SCHEMA, "href": f"{base}{NODEINFO_PATH}"},
        {"rel": RELATION, "href": f"{base}/federation/v1/"},
    ]
    return document(canonical_bytes({"links": links}), max_age=3600)


def nodeinfo() -> ResponseReturnValue:
    """What we say to any software; our languages are those in which every page can be read."""
    told = build_nodeinfo(
        software=NAME.lower(), version=version(), name=one_line(site().name), languages=list(LANGUAGES)
    )
    return document(told, max_age=3600, kind=f'application/json; profile="{SCHEMA}#"')


def identity() -> ResponseReturnValue:
    try:
        return document(signed_identity(), max_age=300)
    except Refusal as refusal:
        return problem(503, refusal.reason, str(refusal))


def index() -> ResponseReturnValue:
    """Every report we published and stand by, newest first."""
    name = instance_name()
    entries = [_entry(report) for report in queries.listed(read_session())]
    return document(build_index(name, entries, base_url=settings().base_url), max_age=0)


def envelope(period: str, revision: int) -> ResponseReturnValue:
    """One report as it was signed; it never changes."""
    report = queries.published_report(read_session(), period, revision)
    if report is None:
        return problem(404, "unknown-period", gettext(_UNKNOWN_PERIOD))
    page_cache.keep_for_ever()
    return document(report.envelope, max_age=YEAR)


def seen() -> ResponseReturnValue:
    """What we received from others and when, so that an issuer with two faces is found out."""
    found = [
        {
            "issuer": report.peer.host,
            "period": report.period,
            "revision": report.revision,
            "digest": report.digest,
            "first_seen": format_moment(report.received_at),
        }
        for report in peers.held_reports(read_session(), latest=_LISTED)
    ]
    return document(canonical_bytes({"instance": instance_name(), "seen": found}), max_age=300)


def seen_report(digest: str) -> ResponseReturnValue:
    """A sister's report as it came to us, put aside or not; it never changes."""
    try:
        return document(peers.by_digest(read_session(), digest).envelope, max_age=YEAR)
    except NotFound:
        return problem(404, "unknown-report", gettext(_UNKNOWN_REPORT))


def unknown(path: str) -> ResponseReturnValue:
    """Addresses of the protocol that do not exist (yet) are said to machines."""
    return problem(404, "unknown-address", gettext(_UNKNOWN_ADDRESS))


def problem(status: int, word: str, detail: str) -> Response:
    """An error as RFC 9457 writes it; the type ends in a stable word."""
    return problems.problem(RELATION, word, status, detail)


def document(body: bytes, *, max_age: int, kind: str = "application/json") -> Response:
    """A published document with its ETag; one that is kept for a year never changes."""
    response = Response(body, content_type=kind)
    response.headers["ETag"] = etag(body)
    response.cache_control.public = True
    if max_age:
        response.cache_control.max_age = max_age
        response.cache_control.immutable = max_age == YEAR
    else:
        response.cache_control.no_cache = True
    response.make_conditional(request)
    return response


def _entry(report: PublishedReport) -> IndexEntry:
    return IndexEntry(report.period, report.revision, report.state, report.digest, format_moment(report.issued_at))
