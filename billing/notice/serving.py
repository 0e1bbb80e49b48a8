"""Where sisters post their notices."""

from flask import Response, abort, request
from flask.typing import ResponseReturnValue

from billing.commons.instance import instance_name
from billing.notice import services
from coopcircuits.doors import transaction
from coopcircuits.federation.notice import CONTENT_TYPE, MAX_BYTES, parse_notice


def receive() -> ResponseReturnValue:
    """Verify who says it published something; the worker asks it soon."""
    if request.mimetype != CONTENT_TYPE:
        abort(415)
    if request.content_length is None or request.content_length > MAX_BYTES:
        abort(413)
    body = request.get_data()
    notice = parse_notice(body)
    with transaction() as session:
        services.receive_notice(session, notice=notice, body=body, headers=dict(request.headers), us=instance_name())
    return Response(status=202, headers={"Cache-Control": "no-store"})
