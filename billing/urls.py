"""Addresses of this floor."""

from coopcircuits.routing import Rule

RULES: list[Rule] = []
