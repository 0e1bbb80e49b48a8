"""Build the demonstration: one instance with four months behind it that ends now."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from flask import Flask
from sqlalchemy import select, update

from billing.demo.cooperative import Year, choose
from billing.demo.sharing import load_sharing
from coopcircuits import clock, worker
from coopcircuits.auth.models import User
from coopcircuits.config import Settings
from coopcircuits.cooperative.models import Cooperative
from coopcircuits.db import Database
from coopcircuits.demo import accounts
from coopcircuits.demo.accounts import Account
from coopcircuits.demo.haste import hurried
from coopcircuits.demo.months import Shift
from coopcircuits.demo.progress import Gauge
from coopcircuits.demo.timeline import Timeline
from coopcircuits.errors import DomainError
from coopcircuits.events.models import Event
from coopcircuits.i18n import N_
from coopcircuits.mail import transport as post
from coopcircuits.payments.gateway import gateway_from
from coopcircuits.payments.sandbox import transport as bank
from coopcircuits.payments.sandbox.app import create_sandbox
from coopcircuits.period import Month
from orders.demo.customer import Orders, Till
from orders.demo.loader import Season
from shops.demo import content
from shops.demo.loader import Scale, Settler
from shops.demo.territory import Place, Territory
from shops.enterprise.models import Enterprise
from shops.payment_method import card_account

MONTHS = 4
#: Older mails were thrown away by those who got them, so they are not written.
_MAILS_KEPT = timedelta(days=14)
#: The part of the work that settling the territory takes.
_SETTLED = 0.12


class NotEmpty(DomainError):
    """The demonstration is built on nothing else."""

    code = "not-empty"
    message = N_("This database is not empty: the demonstration needs a fresh one, and changes nothing here.")


@dataclass(frozen=True)
class Loaded:
    """What was built, for the last line of the command."""

    shops: int
    products: int
    orders: int
    administrator: str


def load(app: Flask, gauge: Gauge, *, months: int = MONTHS, scale: Scale | None = None) -> Loaded:
    """Build everything, ``months`` whole months and the running one; raises :class:`NotEmpty`.

    Figures are the same each time for the same present; references and secrets are not.
    """
    database: Database = app.extensions["database"]
    settings: Settings = app.extensions["settings"]
    _refuse_unless_empty(database)
    with hurried(database), _untidied(), _sandbox(app, settings) as till:
        return _Build(app, database, settings, gauge, till, months, scale or Scale()).run()


def _refuse_unless_empty(database: Database) -> None:
    with database.reading() as session:
        for table in (Cooperative, User, Enterprise):
            if session.scalar(select(table).limit(1)) is not None:
                raise NotEmpty


@contextmanager
def _untidied() -> Iterator[None]:
    """Collect garbage rarely: a tenth of the time, for some megabytes."""
    usual = gc.get_threshold()
    gc.set_threshold(50_000, 20, 20)
    try:
        yield
    finally:
        gc.set_threshold(*usual)


@contextmanager
def _sandbox(app: Flask, settings: Settings) -> Iterator[Till | None]:
    """The payment sandbox of this instance, spoken to inside this process; nothing without one."""
    if not (settings.stripe_api_base and settings.stripe_secret_key):
        yield None
        return
    sandbox = create_sandbox(
        Path(settings.var_dir) / "sandbox.sqlite3",
        secret_key=settings.stripe_secret_key,
        public_url=settings.stripe_api_base,
    )
    gateway = gateway_from(settings, bank.SandboxTransport(sandbox))
    app.extensions["payment_gateway"] = gateway
    try:
        yield Till(
            gateway,
            settings.base_url,
            pay=partial(bank.pay, sandbox),
            complete_account=partial(bank.complete_account, sandbox),
        )
    finally:
        del app.extensions["payment_gateway"]
        sandbox.extensions["sandbox"].close()


class _Build:
    def __init__(
        self,
        app: Flask,
        database: Database,
        settings: Settings,
        gauge: Gauge,
        till: Till | None,
        months: int,
        scale: Scale,
    ) -> None:
        self._app, self._database, self._settings, self._gauge = app, database, settings, gauge
        self._till, self._scale = till, scale
        self._zone: str = content.cooperative()["zone"]
        self._now = clock.now()
        self._first = Month.of(self._now, self._zone).plus(-months)
        self._since = self._first.starts_at(self._zone)

    def run(self) -> Loaded:
        shift = Shift.to(self._now, self._zone)
        settler = Settler(self._database, shift, self._scale, self._welcome)
        territory = settler.settle(lambda step: self._gauge.show(step, _SETTLED / 2), before=self._since)
        timeline = Timeline(self._work)
        variants = [shelf.variant_id for shelf in territory.shelves]
        orders = Orders(self._database, timeline, self._till, variants)
        Season(self._database, timeline, territory, orders, since=self._since, now=self._now).plan()
        transaction = self._database.transaction
        year = Year(
            transaction,
            timeline,
            territory,
            zone=self._zone,
            first=self._first,
            now=self._now,
            aloud=self._aloud,
        )
        year.plan()
        for days in range((self._now - self._since).days):
            timeline.at(self._since + timedelta(days=days), self._send_mails)
        timeline.at(self._now - _MAILS_KEPT, self._forget)
        timeline.run(until=self._now, show=self._show)
        self._send_mails()
        with self._database.transaction() as session:
            load_sharing(session)
        self._deliver()
        accounts.write(Path(self._settings.var_dir), _accounts(territory))
        return Loaded(len(territory.shops), len(variants), orders.placed, territory.administrator.email)

    def _show(self, instant: datetime) -> None:
        passed = max((instant - self._since) / (self._now - self._since), 0.0)
        month = max(Month.of(instant, self._zone), self._first)
        self._gauge.show(f"sales of {month}", _SETTLED + (1 - _SETTLED) * passed)

    def _welcome(self, territory: Territory, shop: Place) -> None:
        """A new shop opens its card account and chooses how it contributes."""
        with self._database.transaction() as session:
            choose(session, territory, shop, shop.told["contributions"][0], first=self._first)
        if self._till is None or "card" not in shop.told["payments"]:
            return
        gateway = self._till.gateway
        card_account.onboarding_page(
            self._database, gateway, enterprise_id=shop.id, back_url=self._settings.base_url, actor=shop.owner
        )
        with self._database.reading() as session:
            account = session.get_one(Enterprise, shop.id).payment_account
        if account is not None:
            self._till.complete_account(account)
        card_account.look_again(self._database, gateway, enterprise_id=shop.id, actor=shop.owner)

    def _work(self) -> None:
        """What the worker does, once there is somebody to tell."""
        if clock.now() > self._now - _MAILS_KEPT:
            self._deliver()

    @contextmanager
    def _aloud(self) -> Iterator[None]:
        """Tell of what happens inside at once, whenever it is."""
        self._work()
        self._forget()
        yield
        self._deliver()

    def _forget(self) -> None:
        """Mark what happened so far as told: all that it would cause is mails."""
        with self._database.transaction() as session:
            session.execute(update(Event).where(Event.dispatched_at.is_(None)).values(dispatched_at=clock.now()))

    def _deliver(self) -> None:
        while worker.deliver_once(self._app):
            pass

    def _send_mails(self) -> None:
        """No mail of the demonstration ever leaves this machine."""
        while post.send_due(self._database, replace(self._settings, mail_url="")):
            pass


#: What staff do, by their role.
_WORK = {
    "owner": N_("Manager"),
    "manager": N_("Manager"),
    "catalogue": N_("Catalogue"),
    "orders": N_("Orders"),
    "packing": N_("Packing"),
    "accounts": N_("Accounts"),
    "read_only": N_("Read only"),
}


def _accounts(territory: Territory) -> list[Account]:
    """The most telling account of each kind first, then everybody else's."""
    boss = territory.administrator
    cooperative = Account(N_("Cooperative"), "", boss.name, boss.email, "/cooperative")
    shoppers = [
        Account(N_("Shopper"), "", person.name, person.email, "/account/orders")
        for person in territory.shoppers
        if person.user_id
    ]
    hubs_first = sorted(territory.shops.values(), key=lambda shop: shop.told["sells"] != "any")
    staff = [
        Account(_WORK[person.told["role"]], shop.told["name"], person.name, person.email, f"/manage/{shop.permalink}")
        for shop in hubs_first
        for person in shop.staff
    ]
    farmers = [
        Account(N_("Producer"), farm.told["name"], farm.staff[0].name, farm.staff[0].email, f"/manage/{farm.permalink}")
        for farm in territory.farms.values()
        if farm.key not in territory.shops
    ]
    packing = [account for account in staff if account.work == _WORK["packing"]]
    telling = [*shoppers[:1], *staff[:1], cooperative, *packing[:1]]
    return telling + [account for account in (*staff, *farmers, *shoppers) if account not in telling]
