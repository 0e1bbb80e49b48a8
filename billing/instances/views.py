"""The instances that share the software, for anybody."""

from flask import render_template
from flask.typing import ResponseReturnValue

from billing.commons.instance import profile
from billing.instances.listing import listing
from coopcircuits import clock
from coopcircuits.doors import read_session


def index() -> ResponseReturnValue:
    return render_template("billing/instances/index.html", found=listing(read_session(), us=profile(), now=clock.now()))
