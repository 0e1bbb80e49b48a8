"""The cooperative's bank in tests: statements as it would send them."""

from datetime import date
from html import escape
from typing import Any

from sqlalchemy.orm import Session

from coopcircuits.cooperative import queries

IBAN = "FR7630006000011234567890189"
SHOP_IBAN = "FR1420041010050500013M02606"
V8 = "urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"
V2 = "urn:iso:std:iso:20022:tech:xsd:camt.053.001.02"


def open_account(session: Session) -> None:
    """Give the cooperative an account, and what direct debits need."""
    home = queries.cooperative(session)
    assert home is not None
    home.iban, home.bic, home.creditor_id = IBAN, "AGRIFRPP", "FR72ZZZ123456"
    session.flush()


def line(amount: str = "34.20", text: str = "", *, name: str = "Ferme", **given: Any) -> str:
    """One entry; ``amount`` in euros, negative when it went out."""
    came_in = not amount.startswith("-")
    side = "Dbtr" if came_in else "Cdtr"
    reference = given.get("reference", f"REF{abs(hash((amount, text, name))) % 10**9}")
    back = f"<RtrInf><Rsn><Cd>{given['returned']}</Cd></Rsn></RtrInf>" if "returned" in given else ""
    iban = f"<{side}Acct><Id><IBAN>{given['iban']}</IBAN></Id></{side}Acct>" if "iban" in given else ""
    batch = f"<Btch><PmtInfId>{given['batch']}</PmtInfId></Btch>" if "batch" in given else ""
    return f"""<Ntry><Amt Ccy="{given.get("currency", "EUR")}">{amount.lstrip("-")}</Amt>
      <CdtDbtInd>{"CRDT" if came_in else "DBIT"}</CdtDbtInd><Sts><Cd>{given.get("status", "BOOK")}</Cd></Sts>
      <BookgDt><Dt>{given.get("day", date(2026, 11, 18))}</Dt></BookgDt><AcctSvcrRef>{reference}</AcctSvcrRef>
      <NtryDtls>{batch}<TxDtls><Refs><EndToEndId>{given.get("end_to_end", "NOTPROVIDED")}</EndToEndId></Refs>
      <RltdPties><{side}><Pty><Nm>{escape(name)}</Nm></Pty></{side}>{iban}</RltdPties>
      <RmtInf><Ustrd>{escape(text)}</Ustrd></RmtInf>{back}</TxDtls></NtryDtls></Ntry>"""


def statement(*entries: str, account: str = IBAN, namespace: str = V8) -> bytes:
    """A camt.053 file."""
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="{namespace}"><BkToCstmrStmt><GrpHdr><MsgId>1</MsgId></GrpHdr><Stmt><Id>1</Id>
<Acct><Id><IBAN>{account}</IBAN></Id></Acct>{"".join(entries)}</Stmt></BkToCstmrStmt></Document>""".encode()
