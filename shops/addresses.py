"""Addresses that the floor above answers, under pages of this floor."""

from flask import url_for


def shop_url(permalink: str) -> str:
    """The shop's page, under the directory of shops."""
    return f"{url_for('directory.index')}/{permalink}"


def management_url(permalink: str) -> str:
    """The manager's day, under the list of one's enterprises."""
    return f"{url_for('enterprise.mine')}/{permalink}"
