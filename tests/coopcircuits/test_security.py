"""What every answer carries, and what no request gets away with."""

from time import perf_counter

import pytest
from flask import Flask
from flask.testing import FlaskClient

from coopcircuits import security
from coopcircuits.db import Database
from tests.support.account import is_logged_in, log_in, person, post
from tests.support.people import form_token

EXPECTED = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def test_every_kind_of_answer_carries_the_headers(client: FlaskClient) -> None:
    answers = {
        "page": client.get("/log-in"),
        "missing": client.get("/nowhere"),
        "wrong method": client.put("/log-in"),
        "refused": client.post("/log-in", data={}),
        "redirection": client.get("/account"),
        "machine": client.get("/healthz"),
        "head": client.head("/log-in"),
        "options": client.options("/log-in"),
    }
    for kind, answer in answers.items():
        assert {name: answer.headers.get(name) for name in EXPECTED} == EXPECTED, kind
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy, kind
        assert "unsafe" not in policy, kind
        assert "Access-Control-Allow-Origin" not in answer.headers, kind


def test_files_may_be_kept_for_ever_and_do_nothing_by_themselves(client: FlaskClient) -> None:
    answer = client.get("/static/favicon.svg")
    assert answer.status_code == 200
    assert "immutable" in answer.headers["Cache-Control"] or "max-age=31536000" in answer.headers["Cache-Control"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert "Access-Control-Allow-Origin" not in answer.headers
    answer.close()


def test_files_outside_the_folder_stay_there(client: FlaskClient) -> None:
    for path in ("/static/../config.py", "/static/%2e%2e/config.py", "/static//etc/passwd", "/static/css/"):
        assert client.get(path).status_code == 404


def test_https_is_asked_for_where_the_instance_has_it(https_app: Flask, client: FlaskClient) -> None:
    assert https_app.test_client().get("/healthz").headers["Strict-Transport-Security"].startswith("max-age=31536000")
    assert "Strict-Transport-Security" not in client.get("/healthz").headers


def test_pages_of_one_person_are_not_kept_by_others(client: FlaskClient, database: Database) -> None:
    person(database)
    log_in(client)
    answer = client.get("/account")
    assert "private" in answer.headers["Cache-Control"]
    assert "Cookie" in answer.headers["Vary"]


def test_a_claimed_host_is_never_repeated(client: FlaskClient) -> None:
    for path in ("/log-in", "/account", "/nowhere", "//evil.example/", "/log-in/", "/password/forgot"):
        answer = client.get(path, headers={"Host": "evil.example", "X-Forwarded-Host": "evil.example"})
        assert "evil.example" not in answer.headers.get("Location", "")
        body = answer.get_data(as_text=True).replace("%2Fevil.example", "").replace("//evil.example", "")
        assert "evil.example" not in body, path


def test_a_form_from_another_site_is_refused(client: FlaskClient, database: Database) -> None:
    person(database)
    log_in(client)
    token = form_token(client)
    fields = {"csrf_token": token, "name": "Eve", "language": "fr"}
    for origin in ("https://evil.example", "null", "http://localhost.evil.example"):
        assert client.post("/account", data=fields, headers={"Origin": origin}).status_code == 400
    for bad in ("", "0" * 40, token.upper(), token + "0", "é" * 40):
        assert client.post("/account", data={**fields, "csrf_token": bad}).status_code == 400
    assert client.post("/account", data=fields, headers={"Origin": "http://localhost"}).status_code == 302


def test_somebody_elses_token_is_refused(app: Flask, client: FlaskClient, database: Database) -> None:
    person(database)
    log_in(client)
    stolen = form_token(app.test_client())
    assert client.post("/account", data={"csrf_token": stolen, "name": "Eve", "language": "fr"}).status_code == 400
    assert client.post("/account", data={"name": "Eve"}, headers={"X-Form-Token": stolen}).status_code == 400


def test_safe_methods_change_nothing(client: FlaskClient, database: Database) -> None:
    person(database)
    log_in(client)
    for method in ("GET", "HEAD", "OPTIONS"):
        assert client.open("/log-out", method=method).status_code in (200, 405)
        assert client.open("/account/browsers/end-others", method=method).status_code in (200, 405)
    assert is_logged_in(client)
    assert set(client.get("/log-out").allow or ()) == {"OPTIONS", "POST"}


def test_characters_that_no_database_keeps_are_refused(client: FlaskClient) -> None:
    assert client.get("/confirm/a%00b").status_code == 400
    assert client.get("/log-in?next=%00").status_code == 400
    assert post(client, "/sign-up", name="Ma\0rie", email="marie@example.org", password="x" * 12).status_code == 400


@pytest.mark.parametrize("body", [b"email=%ff%fe&password=%c3", b"\xff\xfe=\xff", b"=&&=&%", b"email=%ed%a0%80"])
def test_text_in_a_bad_encoding_breaks_nothing(client: FlaskClient, body: bytes) -> None:
    token = form_token(client).encode()
    answer = client.post(
        "/log-in", data=body + b"&csrf_token=" + token, content_type="application/x-www-form-urlencoded"
    )
    assert answer.status_code in (400, 422)


def test_numbers_no_table_holds_lead_nowhere(demo_app: Flask) -> None:
    client = demo_app.test_client()
    for number in (2**31, 2**63, 10**60):
        assert client.get(f"/demo/mails/{number}").status_code == 404
    assert client.get(f"/demo/mails/{2**31 - 1}").status_code == 404


def test_a_hundred_thousand_fields_are_refused_at_once(client: FlaskClient) -> None:
    body = "&".join(f"field{number}=1" for number in range(100_000))
    start = perf_counter()
    answer = client.post("/log-in", data=body, content_type="application/x-www-form-urlencoded")
    assert answer.status_code == 413
    assert perf_counter() - start < 1
    parts = "".join(f'--x\r\nContent-Disposition: form-data; name="f{n}"\r\n\r\n1\r\n' for n in range(6_000)) + "--x--"
    assert client.post("/log-in", data=parts, content_type="multipart/form-data; boundary=x").status_code == 413


def test_a_body_too_large_is_refused_with_its_page(client: FlaskClient) -> None:
    head = b'--x\r\nContent-Disposition: form-data; name="file"; filename="huge.csv"\r\n\r\n'
    huge = head + b"x" * (13 * 1024 * 1024) + b"\r\n--x--"
    answer = client.post("/log-in", data=huge, content_type="multipart/form-data; boundary=x")
    assert answer.status_code == 413
    assert "trop lourd" in answer.get_data(as_text=True)
    claimed = client.post("/log-in", data=b"", headers={"Content-Length": str(10**12)}, content_type="text/csv")
    assert claimed.status_code in (400, 413)


def test_one_household_counts_as_one(app: Flask) -> None:
    def counted(address: str) -> str:
        with app.test_request_context(environ_base={"REMOTE_ADDR": address}):
            return security.client()

    assert counted("203.0.113.7") == "203.0.113.7"
    assert counted("2001:db8:1:2:3:4:5:6") == counted("2001:db8:1:2::1")
    assert counted("2001:db8:1:2::1") != counted("2001:db8:1:3::1")


def test_only_trusted_proxies_say_who_asks(https_app: Flask, app: Flask) -> None:
    seen: list[str] = []
    for application in (app, https_app):
        application.before_request_funcs.setdefault(None, []).insert(0, lambda: seen.append(security.client()))
        application.test_client().get("/healthz", headers={"X-Forwarded-For": "6.6.6.6, 203.0.113.7"})
    assert seen == ["127.0.0.1", "203.0.113.7"]
