"""Proposing a key of sharing of any kind, and adopting one."""

import re
import unicodedata
from collections.abc import Mapping
from typing import Any, ClassVar

from wtforms import (
    BooleanField,
    Field,
    FormField,
    SelectField,
    SelectMultipleField,
    StringField,
    ValidationError,
)
from wtforms.validators import InputRequired, Length, Optional
from wtforms.widgets import CheckboxInput, ListWidget, TextInput

from billing.commons.kinds import KINDS, Ask, Groups, Unit, percent
from billing.commons.sharing_key import Kind, SharingKey, groups_of, rule_with
from coopcircuits import clock
from coopcircuits.errors import InvalidInput
from coopcircuits.federation.schema import LONGEST_CODE, is_code, one_line
from coopcircuits.forms import Form, Lines, MoneyField, Required, read_decimal, select_options, text
from coopcircuits.i18n import gettext, lazy
from coopcircuits.period import Month
from coopcircuits.templating import month_text

MOST_GROUPS = 20
#: A key begins five years from now at the latest, and at the earliest in the oldest month that is still to be settled.
MONTHS_AHEAD, MONTHS_OPEN = 60, 2
_LEFT_OUT = "none"


class AdoptForm(Form):
    voted = BooleanField(lazy("Our members voted this key, exactly as it stands here."))

    def validate_voted(self, field: BooleanField) -> None:
        if not field.data:
            raise ValidationError(gettext("A key of sharing is adopted once the members voted it. Tick the box then."))


class PermilleField(Field):
    """A percentage with one decimal at most ("12,5"); ``data`` is per mille. What cannot be read stays as typed."""

    widget = TextInput()

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else percent(self.data).rstrip("%\u202f")

    def process_formdata(self, valuelist: Any) -> None:
        self.data = None
        if not valuelist or not valuelist[0].strip():
            return
        try:
            value = read_decimal(valuelist[0].replace("%", "")) * 10
        except ValueError:
            raise ValueError(gettext("Write a percentage such as 25 or 12.5.")) from None
        if not 0 <= value <= 1000 or value != value.to_integral_value():
            raise ValueError(gettext("Write a percentage from 0 to 100, with one decimal at most."))
        self.data = int(value)


class GroupForm(Form):
    """One tier or level; a line is blank as a whole or not at all. :func:`proposal_form` adds its ``figure``."""

    name = StringField(lazy("Name"), [Length(max=LONGEST_CODE)])

    def __init__(self, *given: Any, **options: Any) -> None:
        super().__init__(*given, **options)
        for field in self:
            field.flags.required = True  # of a line that is used: no single field is called optional
        self.code = ""

    @property
    def figure(self) -> Field:
        return self["figure"]

    @property
    def is_blank(self) -> bool:
        return not any(str(field.raw_data[0]).strip() for field in self if field.raw_data)

    def validate(self, extra_validators: Any = None) -> bool:
        """Check the line and keep its name as the document writes it in ``code``."""
        self.code = ""
        if self.is_blank:
            return True
        fine = super().validate(extra_validators)
        if not (self.name.data or "").strip():
            self.name.errors = [gettext("Write a name, or empty the whole line.")]
            return False
        if self.figure.data is None and not self.figure.errors:
            self.figure.errors = [gettext("Please fill this in.")]
            return False
        self.code = _code(self.name.data or "")
        if not self.code:
            self.name.errors = [gettext("Use letters or digits.")]
        elif len(self.code) > LONGEST_CODE and not self.name.errors:
            self.name.errors = [gettext("Write a shorter name.")]
        return fine and not self.name.errors


class ProposalForm(Form):
    """A key of one kind; :func:`proposal_form` adds the fields."""

    kind: ClassVar[Kind]
    names: ClassVar[Mapping[str, str]]

    def __init__(self, *given: Any, **options: Any) -> None:
        super().__init__(*given, **options)
        self._number()

    @property
    def groups(self) -> Groups | None:
        return KINDS[self.kind].groups

    @property
    def lines(self) -> list[GroupForm]:
        """The tiers or levels that can be typed."""
        return [entry.form for entry in self._rows.entries] if self.groups else []

    @property
    def has_room(self) -> bool:
        """Whether one more tier or level can be added."""
        return len(self.lines) < MOST_GROUPS

    def add_line(self) -> None:
        """One more blank tier or level, at most :data:`MOST_GROUPS`."""
        if self.has_room:
            self._rows.append_entry()
            self._number()

    def validate(self, extra_validators: Any = None) -> bool:
        """Check the fields, then what tiers or levels and the instances in them must be together."""
        fine = super().validate(extra_validators)
        return self._fits(self.groups) and fine if self.groups else fine

    def validate_since(self, field: Any) -> None:
        try:
            self.month = Month.parse((field.data or "").strip())
        except InvalidInput:
            raise ValidationError(gettext("Write a month such as 2027-01.")) from None
        this = Month.of(clock.now(), "UTC")
        first, last = this.plus(-MONTHS_OPEN), this.plus(MONTHS_AHEAD)
        if not first <= self.month <= last:
            raise ValidationError(
                gettext(
                    "Write a month from %(first)s to %(last)s.",
                    first=month_text(str(first)),
                    last=month_text(str(last)),
                )
            )

    def validate_decision(self, field: Any) -> None:
        field.data = one_line(field.data or "")
        if not field.data:
            raise ValidationError(gettext("Please fill this in."))

    def rule(self) -> dict[str, Any]:
        """What was typed, as the document writes it; for an accepted form."""
        figures = {ask.name: self[ask.name].data for ask in KINDS[self.kind].asks}
        return rule_with(self.kind, figures, {line.code: line.figure.data for line in self.lines if line.code})

    def members(self) -> dict[str, str | None]:
        """Who shares, by host, with the tier or level where the kind has them; for an accepted form."""
        if not self.groups:
            return dict.fromkeys(self["sharing"].data)
        chosen = {host: self._member(host).data for host in self.names}
        return {host: self.lines[int(line)].code for host, line in chosen.items() if line != _LEFT_OUT}

    @property
    def _rows(self) -> Any:
        return self["row"]

    def _member(self, host: str) -> Any:
        return self[_member(host)]

    def _number(self) -> None:
        """Let each instance choose among the lines."""
        if self.groups is None:
            return
        options = [(str(at), self.groups.one % {"number": at + 1}) for at in range(len(self.lines))]
        choices = [("", gettext("Choose")), *options, (_LEFT_OUT, gettext("Does not share"))]
        for host in self.names:
            self._member(host).choices = select_options(choices)

    def _fits(self, groups: Groups) -> bool:
        """Names once each, parts that add up, every instance in a line that is used, one of them at least."""
        used = [line for line in self.lines if not line.is_blank]
        for line in used:
            if line.code and [other.code for other in used].index(line.code) != used.index(line):
                line.name.errors = [gettext("Another line has this name.")]
        whole, given = groups.whole, sum(line.figure.data or 0 for line in used)
        if not used:
            self.lines[0].name.errors = [gettext("Please fill this in.")]
        elif whole is not None and given != whole and all(line.figure.data is not None for line in used):
            used[-1].figure.errors = [
                gettext(
                    "Together the parts make %(given)s instead of %(whole)s.",
                    given=percent(given),
                    whole=percent(whole),
                )
            ]
        shares = False
        for host in self.names:
            field = self._member(host)
            shares = shares or field.data != _LEFT_OUT
            if not field.errors and field.data != _LEFT_OUT and self.lines[int(field.data)].is_blank:
                field.errors = [gettext("This line is empty: choose another one, or fill it in.")]
        if not shares:
            self._member(next(iter(self.names))).errors = [gettext("Somebody has to share.")]
        told = [entry.errors for entry in self._rows.entries]
        self._rows.errors = told if any(told) else []
        return not self.errors


def proposal_form(kind: Kind, names: Mapping[str, str]) -> type[ProposalForm]:
    """The form of a key of this kind, for instances of these ``names`` by host."""
    fields: dict[str, Any] = {
        "kind": kind,
        "names": names,
        "since": text(lazy("From the month"), most=7, help=lazy("For example 2027-01.")),
    }
    fields |= {ask.name: _figure(ask, [Required()]) for ask in KINDS[kind].asks}
    fields["budget"] = MoneyField(
        lazy("Budget a month"),
        [Optional()],
        description=lazy("Leave it empty to share what the reports say was spent for the common software."),
    )
    groups = KINDS[kind].groups
    if groups is None:
        fields["sharing"] = SelectMultipleField(
            lazy("Who shares"),
            [Required()],
            choices=select_options(names.items()),
            widget=ListWidget(prefix_label=False),
            option_widget=CheckboxInput(),
        )
    else:
        line = type("LineForm", (GroupForm,), {"figure": _figure(groups.figure, [])})
        fields["row"] = Lines(FormField(line), groups.heading, min_entries=1, max_entries=MOST_GROUPS)
        chosen = InputRequired(gettext("Choose a line, or that it does not share."))
        fields |= {_member(host): SelectField(name, [chosen]) for host, name in names.items()}
    fields["decision"] = text(
        lazy("What is proposed, and why"), most=300, help=lazy("Public. Who proposes it, and where it will be voted.")
    )
    return type("KindForm", (ProposalForm,), fields)


def first_values(kind: Kind, names: Mapping[str, str], last: SharingKey | None, since: str) -> dict[str, Any]:
    """What the form shows at first: who shares by the latest key, everybody where there is none, and its figures where
    it is of this kind, else what the kind suggests.
    """
    described, same = KINDS[kind], last is not None and last.kind is kind
    rule: Mapping[str, Any] = last.rule if last is not None and same else {}
    values = {ask.name: rule.get(ask.name, ask.first) for ask in described.asks}
    staying = {member.instance: member.group for member in last.members_after(since)} if last else dict.fromkeys(names)
    values |= {"since": since, "budget": last.budget if last else None, "sharing": list(staying)}
    if described.groups:
        figures = groups_of(rule) or described.groups.first
        values["row"] = [{"name": name, "figure": figure} for name, figure in figures.items()]
        places = {name: str(at) for at, name in enumerate(figures)} if same else {}
        for host in names:
            values[_member(host)] = places.get(staying[host] or "", "") if host in staying else _LEFT_OUT
    return values


def _figure(ask: Ask, validators: list[Any]) -> Field:
    make = MoneyField if ask.unit is Unit.CENTS else PermilleField
    return make(ask.label, validators, description=ask.help)


def _member(host: str) -> str:
    """The field of an instance: hosts stay what they are while lists of them change."""
    return f"member-{host}"


def _code(typed: str) -> str:
    """A name as the document writes it: small letters without accents, digits, hyphens; as it is where it is one."""
    if is_code(typed.strip()):
        return typed.strip()
    spelled = typed.casefold().replace("œ", "oe").replace("æ", "ae")
    folded = unicodedata.normalize("NFKD", spelled).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9./-]+", "-", folded).strip("-./")
