"""Bank statements in XML (ISO 20022 camt.053, any version) read as plain movements.

The file comes from outside: no entity, no document type and no network is touched, and whatever is odd is refused in a
sentence rather than guessed.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from coopcircuits import money
from coopcircuits.errors import InvalidInput
from coopcircuits.i18n import N_

MOST_BYTES = 5 * 1024 * 1024
#: Movements in one file; a month of a busy account has a few hundred.
MOST_LINES = 20_000
_AMOUNT = re.compile(r"\d{1,12}(\.\d{1,5})?", re.ASCII)


class UnreadableBankFile(InvalidInput):
    """The file is not a bank statement that can be trusted."""

    code = "unreadable-bank-file"
    message = N_("This file is not a bank statement in the camt.053 format. Nothing has been recorded.")

    def __init__(self, message: str | None = None, **params: Any) -> None:
        super().__init__(message, field="file", **params)


@dataclass(frozen=True)
class Movement:
    """One movement: ``amount`` in minor units, positive when it came in. ``key`` is the same whenever it is read."""

    key: str
    booked_on: date
    amount: int
    currency: str
    name: str
    iban: str
    #: What the payer wrote, with the references of both sides.
    text: str
    end_to_end: str
    #: By which a batch of direct debits was ordered.
    batch: str
    bank_reference: str
    #: ISO 20022 code of a payment that came back, such as MD06; empty on others.
    return_reason: str


@dataclass(frozen=True)
class BankStatement:
    """What a file says: movements in its order, and how many were announced but not booked yet."""

    accounts: tuple[str, ...]
    movements: tuple[Movement, ...]
    pending: int

    @property
    def days(self) -> tuple[date | None, date | None]:
        booked = [movement.booked_on for movement in self.movements]
        return (min(booked), max(booked)) if booked else (None, None)


def parse(content: bytes) -> BankStatement:
    """Read a file; raises :class:`UnreadableBankFile`."""
    root = _root(content)
    statements = root.findall("{*}BkToCstmrStmt/{*}Stmt")
    if not statements:
        raise UnreadableBankFile
    seen: Counter[tuple[object, ...]] = Counter()
    movements: list[Movement] = []
    accounts, pending = [], 0
    for statement in statements:
        account = _said(statement, "Acct/Id/IBAN") or _said(statement, "Acct/Id/Othr/Id")
        accounts.append(account)
        for entry in statement.findall("{*}Ntry"):
            if (_said(entry, "Sts/Cd") or _said(entry, "Sts")) not in ("BOOK", ""):
                pending += 1
                continue
            movements += [movement for movement in _movements(entry, account, seen) if movement.amount]
            if len(movements) > MOST_LINES:
                raise UnreadableBankFile(N_("This file has more than %(most)s lines. Cut it in two."), most=MOST_LINES)
    return BankStatement(tuple(dict.fromkeys(accounts)), tuple(movements), pending)


def _root(content: bytes) -> Any:
    from lxml import etree  # 50 ms: only commands and pages that read bank files pay for it

    if len(content) > MOST_BYTES:
        raise UnreadableBankFile(N_("This file is larger than 5 MB. Ask your bank for a shorter period."))
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise UnreadableBankFile from error
    if root.getroottree().docinfo.doctype:
        raise UnreadableBankFile(
            N_("This file defines its own document type, which no bank does. Nothing has been read.")
        )
    return root


def _movements(entry: Any, account: str, seen: Counter[tuple[object, ...]]) -> Iterator[Movement]:
    whole, currency = _amount(entry)
    details = entry.findall("{*}NtryDtls/{*}TxDtls")
    parts = [_amount_of_detail(detail, entry) for detail in details]
    known = [part for part in parts if part is not None and part[1] == currency]
    if len(details) < 2:
        yield _movement(entry, details[0] if details else entry, account, (whole, currency), seen)
    elif len(known) == len(parts) and sum(amount for amount, _currency in known) == whole:
        for detail, part in zip(details, known, strict=True):
            yield _movement(entry, detail, account, part, seen)
    else:  # a batch whose parts the bank does not price
        yield _movement(entry, entry, account, (whole, currency), seen)


def _movement(
    entry: Any, detail: Any, account: str, amount: tuple[int, str], seen: Counter[tuple[object, ...]]
) -> Movement:
    booked_on = _day(entry)
    side = "Dbtr" if amount[0] > 0 else "Cdtr"
    references = [
        _said(detail, "RmtInf/Strd/CdtrRefInf/Ref"),
        *(_text(part) for part in detail.findall("{*}RmtInf/{*}Ustrd")),
        _said(detail, "AddtlTxInf") or _said(entry, "AddtlNtryInf"),
    ]
    end_to_end = _said(detail, "Refs/EndToEndId").replace("NOTPROVIDED", "")
    bank_reference = _said(detail, "Refs/AcctSvcrRef") or _said(entry, "AcctSvcrRef")
    text = " · ".join(dict.fromkeys(part for part in (*references, end_to_end) if part))[:500]
    name = _said(detail, f"RltdPties/{side}/Pty/Nm") or _said(detail, f"RltdPties/{side}/Nm")
    iban = _said(detail, f"RltdPties/{side}Acct/Id/IBAN")
    # The bank's reference alone is not always unique; two movements that agree in everything are told apart by order.
    facts = (account, bank_reference, booked_on, *amount, *(() if bank_reference else (text, name, iban)))
    seen[facts] += 1
    return Movement(
        key=hashlib.sha256(repr((*map(str, facts), seen[facts])).encode()).hexdigest(),
        booked_on=booked_on,
        amount=amount[0],
        currency=amount[1],
        name=name[:140],
        iban=iban.replace(" ", "").upper()[:34],
        text=text,
        end_to_end=end_to_end[:80],
        batch=(_said(detail, "Refs/PmtInfId") or _said(entry, "NtryDtls/Btch/PmtInfId"))[:80],
        bank_reference=bank_reference[:80],
        return_reason=(_said(detail, "RtrInf/Rsn/Cd") or _said(detail, "RtrInf/Rsn/Prtry"))[:35],
    )


def _amount(entry: Any) -> tuple[int, str]:
    found = entry.find("{*}Amt")
    if found is None:
        raise UnreadableBankFile(N_("A line of this file has no amount. Nothing has been recorded."))
    return _minor(found, _direction(entry))


def _amount_of_detail(detail: Any, entry: Any) -> tuple[int, str] | None:
    for path in ("{*}Amt", "{*}AmtDtls/{*}TxAmt/{*}Amt", "{*}AmtDtls/{*}InstdAmt/{*}Amt"):
        if (found := detail.find(path)) is not None:
            return _minor(found, _direction(detail if detail.find("{*}CdtDbtInd") is not None else entry))
    return None


def _direction(element: Any) -> int:
    told = _said(element, "CdtDbtInd")
    if told not in ("CRDT", "DBIT"):
        raise UnreadableBankFile(N_("A line of this file does not say whether it came in or went out."))
    return 1 if told == "CRDT" else -1


def _minor(element: Any, direction: int) -> tuple[int, str]:
    currency, typed = element.get("Ccy", ""), _text(element)
    if _AMOUNT.fullmatch(typed):
        with suppress(ValueError):  # more decimals than the currency has
            return direction * money.to_minor(Decimal(typed), currency), currency
    raise UnreadableBankFile(N_("“%(amount)s” is no amount. Nothing has been recorded."), amount=typed[:40])


def _day(entry: Any) -> date:
    told = next(
        (said for path in ("BookgDt/Dt", "BookgDt/DtTm", "ValDt/Dt", "ValDt/DtTm") if (said := _said(entry, path))), ""
    )
    try:
        return date.fromisoformat(told[:10])
    except ValueError as error:
        raise UnreadableBankFile(N_("A line of this file has no day. Nothing has been recorded.")) from error


def _said(element: Any, path: str) -> str:
    """The text at a path, whatever the namespace; empty if there is none."""
    found = element.find("/".join(f"{{*}}{step}" for step in path.split("/")))
    return "" if found is None else _text(found)


def _text(element: Any) -> str:
    words = " ".join((element.text or "").split())
    return "".join(c for c in words if c.isprintable())
