"""Send what sisters are to be told."""

import logging
from datetime import timedelta

from billing.commons.instance import instance_name, open_keys, pull_client
from billing.notice import queries, services
from coopcircuits import clock
from coopcircuits.doors import read_session, transaction
from coopcircuits.federation.lists import NOTICES_PATH
from coopcircuits.federation.notice import build_notice, sign_notice
from coopcircuits.federation.reasons import Refusal
from coopcircuits.i18n import ngettext
from coopcircuits.jobs import job

log = logging.getLogger(__name__)
#: Sisters told in one run.
MOST = 20


@job("billing.send_notices", every=timedelta(minutes=1))
def send_notices(dry_run: bool) -> str:
    """Tell sisters that we published something. Each notice is sent once: who misses it asks us anyway."""
    if dry_run:
        return ", ".join(sorted({host for _notice, host in queries.waiting(read_session())}))
    with transaction() as session:
        taken = services.take_waiting(session, most=MOST)
    client, us = pull_client(), instance_name()
    sent = 0
    for host, digest in taken:
        body = build_notice(us, digest)
        try:
            headers = sign_notice(body, to=host, signer=open_keys().signer(clock.now()), now=clock.now())
            status = client.post(client.url(host, NOTICES_PATH), body, headers).status
        except Refusal as refusal:
            log.info("%s was not told: %s", host, refusal)
            continue
        sent += status == 202
        if status != 202:
            log.info("%s did not take our notice: status %s", host, status)
    return ngettext("%(num)s sister told", "%(num)s sisters told", sent) if sent else ""
