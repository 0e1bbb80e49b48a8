"""The demonstration's letter box."""

from flask import Flask
from flask.testing import FlaskClient

from tests.support.account import person, post
from tests.support.worker import deliver_all


def test_it_does_not_exist_outside_a_demonstration(client: FlaskClient) -> None:
    for path in ("/demo/mails", "/demo/mails/1", "/demo/mails/1/body", "/demo/accounts"):
        assert client.get(path).status_code == 404
    assert "/demo/" not in client.get("/log-in").get_data(as_text=True)


def test_every_mail_is_found_and_read_as_its_reader_would(demo_app: Flask) -> None:
    client = demo_app.test_client()
    assert "Aucun mail" in client.get("/demo/mails").get_data(as_text=True)
    for email in ("marie@example.org", "karim@example.org"):
        person(demo_app.extensions["database"], email, confirmed=False)
    deliver_all(demo_app)
    page = client.get("/demo/mails").get_data(as_text=True)
    assert page.count("Confirmez votre adresse") == 2
    filtered = client.get("/demo/mails?to=Marie@example.org").get_data(as_text=True)
    assert filtered.count("Confirmez votre adresse") == 1
    assert "Aucun mail pour cette adresse" in client.get("/demo/mails?to=nobody@example.org").get_data(as_text=True)
    link = filtered.split('href="/demo/mails/', 1)[1].split('"', 1)[0]
    letter = client.get(f"/demo/mails/{link}")
    assert "frame-src 'self'" in letter.headers["Content-Security-Policy"]
    assert f'src="/demo/mails/{link}/body"' in letter.get_data(as_text=True)
    assert 'href="http://localhost/confirm/' in letter.get_data(as_text=True)


def test_the_mail_itself_is_shut_in(demo_app: Flask) -> None:
    client = demo_app.test_client()
    person(demo_app.extensions["database"], confirmed=False)
    deliver_all(demo_app)
    body = client.get("/demo/mails/1/body")
    policy = body.headers["Content-Security-Policy"]
    assert "sandbox allow-popups" in policy
    assert "allow-scripts" not in policy
    assert "allow-same-origin" not in policy
    assert "script-src 'none'" in policy
    assert "frame-ancestors 'self'" in policy
    assert body.headers["X-Frame-Options"] == "SAMEORIGIN"
    assert "<h1>Confirmez votre adresse</h1>" in body.get_data(as_text=True)


def test_odd_addresses_of_pages_break_nothing(demo_app: Flask) -> None:
    client = demo_app.test_client()
    for query in ("before=abc", "before=-1", f"before={10**30}", "before=²", "to=%F0%9F%90%94", "to=%ff"):
        assert client.get(f"/demo/mails?{query}").status_code == 200
    assert client.get("/demo/mails/999").status_code == 404


def test_prepared_accounts_log_in_with_one_press(demo_app: Flask) -> None:
    client = demo_app.test_client()
    assert "a commencé vide" in client.get("/demo/accounts").get_data(as_text=True)
    folder = demo_app.extensions["settings"].var_dir
    with open(f"{folder}/demo-accounts.json", "w") as file:  # noqa: PTH123 - a plain string setting
        file.write(
            '[{"role": "cooperative", "work": "The cooperative", "place": "", "name": "Marie Peyrard", '
            '"email": "marie@example.org", "password": "le panier de la voisine", "page": "/account"}]'
        )
    person(demo_app.extensions["database"])
    page = client.get("/demo/accounts").get_data(as_text=True)
    assert "Entrer comme Marie Peyrard" in page
    answer = post(client, "/log-in", email="marie@example.org", password="le panier de la voisine", next="/account")
    assert answer.location == "/account"
