"""Full addresses for mails and documents, always of the configured public address: never of what a request claims."""

from typing import Any

from flask import current_app

from coopcircuits.doors import settings


def link_to(endpoint: str, **values: Any) -> str:
    """The full address of a page, for example ``link_to("auth.confirmation", secret=secret)``; needs no request."""
    path: str = current_app.url_map.bind("").build(endpoint, values)
    return settings().base_url + path
