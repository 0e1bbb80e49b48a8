"""Addresses of the ground floor."""

from coopcircuits import views
from coopcircuits.access import PUBLIC
from coopcircuits.routing import rule

RULES = [
    rule("/", views.home, access=PUBLIC),
    rule("/design", views.design, access=PUBLIC),
    rule("/language/<code>", views.switch_language, access=PUBLIC),
    rule("/healthz", views.healthz, access=PUBLIC),
    rule("/readyz", views.readyz, access=PUBLIC),
]
