"""Addresses of this floor."""

from billing.commons import serving
from billing.commons import views as commons
from billing.peer import views as peer
from coopcircuits.access import COOPERATIVE, PUBLIC
from coopcircuits.routing import Rule, rule

#: What sister instances read.
FEDERATION = [
    rule("/.well-known/nodeinfo", serving.nodeinfo_links, access=PUBLIC),
    rule("/nodeinfo/2.1", serving.nodeinfo, access=PUBLIC),
    rule("/federation/v1/identity", serving.identity, access=PUBLIC),
    rule("/federation/v1/reports", serving.index, access=PUBLIC),
    rule("/federation/v1/reports/<period>/<int:revision>", serving.envelope, access=PUBLIC),
    rule("/federation/v1/seen", serving.seen, access=PUBLIC),
    rule("/federation/v1/<path:path>", serving.unknown, access=PUBLIC),
]
#: The commons and the sisters, for people.
COMMONS = [
    rule("/commons", commons.public, access=PUBLIC),
    rule("/commons/<period>", commons.public_month, access=PUBLIC),
    rule("/commons/reports/<digest>", commons.received, access=PUBLIC),
    rule("/cooperative/commons", commons.review, access=COOPERATIVE),
    rule("/cooperative/commons/<period>", commons.review_month, access=COOPERATIVE),
    rule("/cooperative/commons/<period>", commons.publish, access=COOPERATIVE, methods=["POST"]),
    rule("/cooperative/peers", peer.index, access=COOPERATIVE),
    rule("/cooperative/peers", peer.add, access=COOPERATIVE, methods=["POST"], limit="20 per minute"),
    rule("/cooperative/peers/new", peer.look_up, access=COOPERATIVE, methods=["GET", "POST"], limit="20 per minute"),
    rule("/cooperative/peers/<int:peer_id>", peer.show, access=COOPERATIVE),
    rule(
        "/cooperative/peers/<int:peer_id>/pull", peer.pull, access=COOPERATIVE, methods=["POST"], limit="20 per minute"
    ),
    rule("/cooperative/peers/<int:peer_id>/pause", peer.pause, access=COOPERATIVE, methods=["POST"]),
    rule("/cooperative/peers/<int:peer_id>/resume", peer.resume, access=COOPERATIVE, methods=["POST"]),
    rule("/cooperative/peers/<int:peer_id>/remove", peer.remove, access=COOPERATIVE, methods=["POST"]),
    rule("/cooperative/peers/<int:peer_id>/pulls/<int:pull_id>", peer.document, access=COOPERATIVE),
]

RULES: list[Rule] = [*FEDERATION, *COMMONS]
