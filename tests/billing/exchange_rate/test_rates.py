"""Exchange rates: the mean of the days published, stored once, decimal from end to end."""

import io
import random
import zipfile
from collections.abc import Sequence
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from billing.commons.rates import Rate, rate_text, to_euro_cents
from billing.exchange_rate import queries, services
from billing.exchange_rate.ecb import MAX_BYTES, monthly_rates
from billing.exchange_rate.errors import NoRates, RateImpossible, RateSigned
from coopcircuits import clock
from coopcircuits.actor import SYSTEM
from coopcircuits.errors import InvalidInput
from coopcircuits.period import Month

NOVEMBER_9 = datetime(2026, 11, 9, 9, tzinfo=UTC)
HISTORY = (
    b"Date,USD,GBP,RUB,\n"
    b"2026-11-02,1.1000,0.9000,N/A,\n"
    b"2026-10-30,1.0900,0.8700,N/A,\n"
    b"2026-10-29,1.0800,0.8710,N/A,\n"
    b"2026-10-28,1.0801,N/A,N/A,\n"
    b"2026-09-30,1.0700,0.8600,N/A,\n"
    b"2022-03-01,1.1162,0.8336,117.201,\n"
)


def means(content: bytes) -> list[tuple[str, Rate]]:
    return monthly_rates(content, first="2022-01", before="2026-12")


def load(session: Session, content: bytes = HISTORY) -> services.Loaded:
    with clock.travel(NOVEMBER_9):
        return services.load_rates(session, actor=SYSTEM, content=content)


def enter(session: Session, currency: str, value: str, month: str = "2026-10", signed: Sequence[str] = ()) -> None:
    with clock.travel(NOVEMBER_9):
        services.enter_rate(
            session,
            actor=SYSTEM,
            month=Month.parse(month),
            currency=currency,
            value=Fraction(value),
            source="inforeuro",
            signed=signed,
        )


def test_the_mean_of_the_days_published() -> None:
    rates = {(month, rate.currency): rate for month, rate in means(HISTORY)}
    dollar, pound = rates["2026-10", "USD"], rates["2026-10", "GBP"]
    # (1.09 + 1.08 + 1.0801) / 3 = 1.08336666…; a day without a rate does not count.
    assert (dollar.rate, dollar.first_day, dollar.last_day) == ("1.083367", "2026-10-28", "2026-10-30")
    assert (pound.rate, pound.first_day, pound.source) == ("0.870500", "2026-10-29", "ecb-mean")


def packed(*contents: bytes, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", method) as archive:
        for place, content in enumerate(contents):
            archive.writestr(f"eurofxref-hist{place or ''}.csv", content)
    return made.getvalue()


def test_the_archive_is_read_as_the_bank_offers_it() -> None:
    assert means(packed(HISTORY)) == means(HISTORY)


@pytest.mark.parametrize(
    "archive",
    [
        packed(),
        packed(HISTORY, HISTORY),
        packed(HISTORY)[:-30],
        packed(HISTORY).replace(b"2026", b"2027", 1)[:80] + b"\xff" * 200,
        packed(HISTORY, method=zipfile.ZIP_STORED).replace(b"1.1000", b"9.9999"),
        packed(HISTORY + b"\n" * MAX_BYTES),
        packed(HISTORY, method=zipfile.ZIP_BZIP2)[:-100],
        packed(HISTORY, method=zipfile.ZIP_LZMA).replace(b"\x00\x05", b"\x99\x99", 1),
    ],
    ids=["empty", "two files", "cut", "torn", "altered", "bomb", "bzip2", "lzma"],
)
def test_another_archive_is_refused(archive: bytes) -> None:
    with pytest.raises(InvalidInput, match="eurofxref-hist"):
        means(archive)


def test_rounding_is_half_even_and_happens_once() -> None:
    assert rate_text(Fraction("0.0000005")) == "0.000000"
    assert rate_text(Fraction("0.0000015")) == "0.000002"
    rates = {rate.currency: rate for month, rate in means(b"Date,USD\n2026-10-01,2.0\n")}
    assert to_euro_cents({"USD": Fraction(5)}, rates) == 2
    assert to_euro_cents({"USD": Fraction(7)}, rates) == 4
    assert to_euro_cents({"USD": Fraction(5), "EUR": Fraction(1, 2)}, rates) == 3


def test_a_currency_without_cents_is_counted_in_its_own_units() -> None:
    rates = {rate.currency: rate for month, rate in means(b"Date,JPY\n2026-10-01,160\n")}
    assert to_euro_cents({"JPY": Fraction(16_000)}, rates) == 10_000


def test_months_that_are_over_are_stored_once(session: Session) -> None:
    loaded = load(session)
    assert (loaded.stored, loaded.known, loaded.first, loaded.last) == (4, 0, "2026-09", "2026-10")
    assert load(session, HISTORY.replace(b"1.0900", b"9.0900")).stored == 0
    assert queries.rates_for(session, "2026-10")["USD"].rate == "1.083367"


def test_the_last_known_rate_is_flagged(session: Session) -> None:
    load(session)
    rates = queries.rates_for(session, "2026-12")
    assert (rates["USD"].source, rates["USD"].last_day) == ("ecb-mean/last-known", "2026-10-30")
    assert "USD" not in queries.rates_for(session, "2026-08")


def test_a_rate_is_entered_and_put_right(session: Session) -> None:
    enter(session, "COP", "4461.37")
    enter(session, "COP", "4461.38")
    rate = queries.rates_for(session, "2026-10")["COP"]
    assert (rate.rate, rate.source, rate.first_day, rate.last_day) == (
        "4461.380000",
        "inforeuro",
        "2026-10-01",
        "2026-10-31",
    )


def test_a_signed_rate_stays(session: Session) -> None:
    with pytest.raises(RateSigned):
        enter(session, "COP", "4461.37", signed=["2026-10"])


@pytest.mark.parametrize(("currency", "value"), [("EUR", "1"), ("USD", "0"), ("USD", "-1"), ("USD", "1000000000")])
def test_an_impossible_rate_is_refused(session: Session, currency: str, value: str) -> None:
    with pytest.raises(RateImpossible):
        enter(session, currency, value)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe",
        b"<html>",
        b"Date\n2026-10-01\n",
        b"Date,XXQ\n2026-10-01,1\n",
        b"Date,USD,USD\n2026-10-01,1,1\n",
        b"Date,USD\n2026-10-01\n",
        b"Date,USD\n2026-10-32,1\n",
        b"Date,USD\n2026-10-01,1e5\n",
        b"Date,USD\n2026-10-01,-1\n",
        b"Date,USD\n2026-10-01,0\n",
        b"Date,USD\n2026-10-01,1/2\n",
        b"Date,USD\n2026-10-01,1,2\n",
        b'Date,USD\n2026-10-01,"1\n',
        b"Date,USD\n" + b"2026-10-01,1\n" * 700_000,
    ],
)
def test_another_file_is_refused(content: bytes) -> None:
    with pytest.raises(InvalidInput):
        means(content)


def test_old_rates_alone_are_no_help(session: Session) -> None:
    with pytest.raises(NoRates):
        load(session, b"Date,RUB\n2022-03-01,117.201\n")


def test_mutated_files_are_read_or_refused() -> None:
    chance = random.Random(3)  # noqa: S311 - repeatable test data
    for _ in range(2_000):
        content = bytearray(HISTORY)
        for _ in range(chance.randint(1, 4)):
            content[chance.randrange(len(content))] = chance.randrange(256)
        try:
            assert all(Fraction(rate.rate) > 0 for _month, rate in means(bytes(content)))
        except InvalidInput:
            continue


def test_the_command_loads_a_file(app: Flask, tmp_path: Path) -> None:
    path = tmp_path / "eurofxref-hist.csv"
    path.write_bytes(HISTORY)
    with clock.travel(NOVEMBER_9):
        done = app.test_cli_runner().invoke(args=["federation", "rates", "load", str(path)])
        again = app.test_cli_runner().invoke(args=["federation", "rates", "load", str(path)])
    assert done.output == "2026-09 to 2026-10: 4 rates stored, 0 were known.\n"
    assert again.output == "2026-09 to 2026-10: 0 rates stored, 4 were known.\n"
