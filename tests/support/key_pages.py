"""Reading and sending the pages about keys of sharing."""

from typing import Any

from flask.testing import FlaskClient

from tests.support.people import form_token

SISTER = "rebost.example"


def post(browser: FlaskClient, path: str, **data: Any) -> tuple[int, str]:
    answer = browser.post(path, data={"csrf_token": form_token(browser), **data}, follow_redirects=True)
    return answer.status_code, plain(answer.get_data(as_text=True))


def read(browser: FlaskClient, path: str) -> str:
    return plain(browser.get(path).get_data(as_text=True))


def plain(text: str) -> str:
    return text.replace("\u202f", " ").replace("\xa0", " ")
