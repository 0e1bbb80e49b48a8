"""What the demonstration's cooperative does: schemes, costs, closed and approved months, signed reports."""

import tomllib
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing.budget.services import decide_budget
from billing.commons.instance import instance_name, open_keys
from billing.commons.services import publish_report
from billing.cost.models import CostCategory, CostKind, CostScope
from billing.cost.services import CostSpec, register_cost
from billing.demo.availability import watch_month
from billing.demo.bill import bill_of
from billing.demo.invoicing import Invoicing
from billing.question import services as questions
from billing.scheme.models import SchemeKind
from billing.scheme.services import choose_scheme
from billing.statement import queries, services
from billing.statement.closing import close_month
from billing.statement.models import Statement
from billing.treasury.services import note_balance
from coopcircuits import clock
from coopcircuits.actor import Actor
from coopcircuits.demo.timeline import Timeline
from coopcircuits.files import SentFile
from coopcircuits.period import Month
from shops.demo import content
from shops.demo.content import Told
from shops.demo.territory import Place, Territory

Transaction = Callable[[], AbstractContextManager[Session]]

#: Decisions on statements by how many months ago: shop, minor units (0 waives the whole), why.
_DECISIONS = {
    3: [("etal-du-glandasse", -300, "Deux jours de panne du paiement par carte")],
    2: [("simples-du-veymont", 0, "Grêle sur le séchoir\u202f: contribution remise ce mois-ci")],
}
#: Months ago of the last month that is approved; the one after it waits for the reader.
_LAST_APPROVED = 2
#: What shops asked by how many months ago: shop, question, answer (none yet if empty).
_QUESTIONS = {
    2: (
        "fournil-de-la-gervanne",
        "Bonjour,\nune cliente a annulé sa commande après la fin du mois. Faut-il que je vous la signale\u202f?",
        "Bonjour,\nnon, rien à faire\u202f: l’annulation sera déduite toute seule de votre relevé du mois suivant.",
    ),
    1: (
        "etal-du-glandasse",
        "Bonjour,\ndeux adhérents commandent par téléphone et nous saisissons leurs paniers nous-mêmes. "
        "Pouvez-vous vérifier qu’ils ne sont pas comptés\u202f?",
        "",
    ),
}


class Year:
    """Plans the cooperative's months from ``first`` on; ``zone`` is its own, people get their mails of what
    happens ``aloud``."""

    def __init__(
        self,
        transaction: Transaction,
        timeline: Timeline,
        territory: Territory,
        *,
        zone: str,
        first: Month,
        now: datetime,
        aloud: Callable[[], AbstractContextManager[None]],
    ) -> None:
        self._transaction, self._timeline, self._territory, self._aloud = transaction, timeline, territory, aloud
        self._zone, self._first, self._now, self._present = zone, first, now, Month.of(now, zone)
        self._invoicing = Invoicing(transaction, timeline, territory, now=now)

    def plan(self) -> None:
        """Everything from the first month to the present one; the last month that is over is left to be reviewed."""
        self._plan_costs()
        self._timeline.at(self._first.starts_at(self._zone), partial(self._invoicing.introduce, content.cooperative()))
        for shop in self._territory.shops.values():
            for told in shop.told["contributions"][1:]:
                month = self._territory.shift.month(told["since"])
                decided = clock.at_local(month.first_day - timedelta(days=8), 11, 0, shop.zone)
                self._timeline.at(decided, partial(self._choose, shop, told))
        month = self._first
        while month < self._present:
            self._plan_month(month, is_last=month.plus(1) == self._present)
            month = month.plus(1)

    # ---- schemes

    def _choose(self, shop: Place, told: Told) -> None:
        with self._transaction() as session:
            choose(session, self._territory, shop, told, first=self._first)

    # ---- costs

    def _plan_costs(self) -> None:
        shift, told_costs = self._territory.shift, _read("costs")
        self._timeline.at(self._first.starts_at(self._zone), partial(self._decide_budgets, told_costs["budget"]))
        for told in told_costs["cost"]:
            spent_on = shift.day(told["date"])
            cost = CostSpec(
                month=shift.month(told["month"]),
                category=CostCategory(told["category"]),
                scope=CostScope(told["scope"]),
                kind=CostKind(told["kind"]),
                label=shift.text(f"{told['label']} ({told['supplier']})"),
                amount=told["amount"],
                tax=told.get("tax", 0),
                minutes=told.get("minutes", 0),
                spent_on=spent_on,
            )
            bill = (
                partial(bill_of, told_costs["bill"], told, shift.text(told["label"])) if "reference" in told else None
            )
            self._timeline.at(clock.at_local(spent_on, 18, 0, self._zone), partial(self._register, cost, bill))

    def _register(self, cost: CostSpec, bill: Callable[[], SentFile] | None) -> None:
        receipt = bill() if bill else None
        with self._transaction() as session:
            register_cost(session, actor=self._actor, cost=cost, receipt=receipt)

    def _decide_budgets(self, told: dict[str, int]) -> None:
        """The same budget for each year that the demonstration touches."""
        amounts = {CostCategory(category): amount for category, amount in told.items()}
        for year in range(self._first.year, self._present.year + 1):
            with self._transaction() as session:
                decide_budget(session, actor=self._actor, year=year, amounts=amounts)

    def _note_cash(self, month: Month) -> None:
        """What the accounts held when the month ended, where the table says so."""
        for told in _read("costs")["cash"]:
            if self._territory.shift.month(told["month"]) == month:
                with self._transaction() as session:
                    note_balance(session, actor=self._actor, month=month, amount=told["amount"], remark=told["remark"])

    # ---- months

    @property
    def _actor(self) -> Actor:
        return self._territory.cooperative

    def _plan_month(self, month: Month, *, is_last: bool) -> None:
        over = month.ends_at(self._zone)
        closed = max(over, min(over + timedelta(days=2, hours=9), self._now - timedelta(minutes=5)))
        self._timeline.at(closed, partial(close_month, self._transaction, month=month, actor=self._actor))
        self._timeline.at(closed, partial(self._note_cash, month))
        self._timeline.at(min(closed + timedelta(hours=1), self._now), partial(self._ask, month))
        if is_last:
            self._timeline.at(closed, partial(self._publish, month))
            return
        self._timeline.at(closed + timedelta(days=3), partial(self._decide, month))
        self._timeline.at(closed + timedelta(days=3, hours=1), partial(self._approve, month))
        self._invoicing.plan(
            month, at=closed + timedelta(days=3, hours=2), is_last_paid=self._months_ago(month) == _LAST_APPROVED
        )
        self._timeline.at(closed + timedelta(days=4), partial(self._publish, month))

    def _months_ago(self, month: Month) -> int:
        return (self._present.year - month.year) * 12 + self._present.number - month.number

    def _ask(self, month: Month) -> None:
        """A shop questions its statement; the cooperative answers, or has it still to do."""
        shop, question, answer = _QUESTIONS.get(self._months_ago(month), ("", "", ""))
        place = self._territory.shops.get(shop)
        if place is None:
            return
        with self._aloud(), self._transaction() as session:
            found = session.scalar(
                select(Statement).where(Statement.enterprise_id == place.id, Statement.period == str(month))
            )
            if found is None:  # it sold nothing
                return
            questions.ask(session, statement_id=found.id, text=question, actor=place.owner)
            if answer:
                questions.answer(
                    session, statement_id=found.id, seen_version=found.version, text=answer, actor=self._actor
                )

    def _decide(self, month: Month) -> None:
        """One statement lowered, one waived, each with its reason."""
        for shop, amount, reason in _DECISIONS.get(self._months_ago(month), ()):
            place = self._territory.shops.get(shop)
            if place is None:
                continue
            with self._transaction() as session:
                found = queries.statement_of(session, enterprise_id=place.id, period=str(month))
                services.adjust(
                    session,
                    actor=self._actor,
                    statement_id=found.id,
                    seen_version=found.version,
                    amount=amount or -found.contribution,
                    reason=reason,
                )

    def _approve(self, month: Month) -> None:
        with self._aloud(), self._transaction() as session:
            rows = session.execute(select(Statement.id, Statement.version).where(Statement.period == str(month)))
            services.approve(session, actor=self._actor, seen={row.id: row.version for row in rows})

    def _publish(self, month: Month) -> None:
        keys = open_keys()
        with self._transaction() as session:
            watch_month(session, month, self._zone, months_ago=self._months_ago(month))
            publish_report(session, actor=self._actor, month=month, instance=instance_name(), keys=keys)


def choose(session: Session, territory: Territory, shop: Place, told: Told, *, first: Month) -> None:
    """A contribution of the shops' file, chosen in time; one that ends is followed by the usual percentage.

    It rules from ``first`` on at the earliest, for nothing is told of the months before.
    """
    kind = SchemeKind(told["scheme"])
    choose_scheme(
        session,
        actor=territory.cooperative if kind is SchemeKind.EXEMPT else shop.owner,
        enterprise_id=shop.id,
        kind=kind,
        amount=told.get("amount", 0),
        reason=territory.shift.text(told.get("reason", "")),
        valid_from=max(territory.shift.month(told["since"]), first),
    )
    if "until" in told:
        choose_scheme(
            session,
            actor=territory.cooperative,
            enterprise_id=shop.id,
            kind=SchemeKind.PERCENT,
            valid_from=territory.shift.month(told["until"]).plus(1),
        )


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads((Path(__file__).parent / f"{name}.toml").read_text())
