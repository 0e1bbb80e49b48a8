"""What is proved of the federation, as a page to publish with every release: docs/trust.md."""

import os
import platform
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib.resources import files
from pathlib import Path

from billing.commons.simulation.cases import Tried, try_cases
from billing.commons.simulation.privacy import Findings, attack
from billing.commons.simulation.run import Outcome, Simulation
from billing.commons.simulation.told import told
from billing.commons.verifier import verify_folder

CASES, CASES_SEED = 10_000, 20261
#: How many instances are attacked: a few that a test attacks again, and as many as are promised.
ATTACKED, ATTACKED_MONTHS, ATTACK_SEED = (100, 1_000), 24, 1
#: A simulation small enough to be run again by a test: instances, months, seed.
SMALL = (4, 6, 1)
#: Begins the lines that depend on the day and the machine.
MEASURED = "*Measured*: "


@dataclass(frozen=True)
class Run:
    """One simulation and what it came to."""

    instances: int
    months: int
    seed: int
    outcome: Outcome

    @property
    def text(self) -> str:
        return told(self.outcome, instances=self.instances, months=self.months, seed=self.seed)


@dataclass(frozen=True)
class Proof:
    """Everything on the page; ``seconds`` is what verifying the archive of ``large`` took, ``documents`` its size."""

    large: Run
    small: Run
    tried: Tried
    attacks: Sequence[Findings]
    documents: int
    seconds: float

    @property
    def holds(self) -> bool:
        """Whether nothing that was promised broke."""
        broken = [*self.large.outcome.broken, *self.small.outcome.broken, *self.tried.broken]
        return not broken and all(found.found_inside == 0 and found.per_100_000 < 1_000 for found in self.attacks)


def prove(*, instances: int, months: int, seed: int) -> Proof:
    """Run everything; takes a minute for twenty instances and two years."""
    simulation = Simulation(instances=instances, months=months, seed=seed)
    large = Run(instances, months, seed, simulation.run())
    with tempfile.TemporaryDirectory() as place:
        simulation.write(Path(place))
        started = time.process_time()
        verify_folder(Path(place))
        seconds = time.process_time() - started
        documents = sum(path.is_file() for path in Path(place).rglob("*"))
    return Proof(large, small(), try_cases(seed=CASES_SEED, count=CASES), list(attacks(*ATTACKED)), documents, seconds)


def small() -> Run:
    """The small simulation."""
    instances, months, seed = SMALL
    return Run(instances, months, seed, Simulation(instances=instances, months=months, seed=seed).run())


def attacks(*instances: int) -> Iterator[Findings]:
    """The attack on that many synthetic instances each."""
    return (attack(instances=count, months=ATTACKED_MONTHS, seed=ATTACK_SEED) for count in instances)


def page(proof: Proof, *, now: datetime) -> str:
    """The whole page. Lines that begin with :data:`MEASURED` are of this run; the rest is the same everywhere."""
    large = proof.large
    command = f"flask federation simulate --instances {large.instances} --months {large.months} --seed {large.seed}"
    frame = (files("billing.commons.simulation") / "trust.txt").read_text("utf-8")
    return frame.format(
        command=command,
        measured=f"{MEASURED}{now.date().isoformat()}, commit {_commit()}, {_machine()}.",
        large=large.text,
        small_command=f"--instances {SMALL[0]} --months {SMALL[1]} --seed {SMALL[2]}",
        small=proof.small.text,
        cases=f"{CASES:,}",
        cases_seed=CASES_SEED,
        tried="\n".join(tried_lines(proof.tried)),
        attacks="\n".join(map(attack_line, proof.attacks)),
        verified=f"{MEASURED}{proof.documents:,} documents of {large.instances} instances over {large.months} months, "
        f"every allocation computed again: {proof.seconds:.1f} s of processor time.",
    )


def tried_lines(tried: Tried) -> Iterator[str]:
    """The random cases as rows of a table, and the digest of all that came out."""
    for kind in sorted(tried.cases):
        yield f"| {kind} | {tried.cases[kind]:,} | {tried.uncovered[kind]:,} |"
    yield f"| **all** | **{tried.cases.total():,}** | **{tried.uncovered.total():,}** |"
    yield ""
    yield f"Broken: {len(tried.broken)}. All shares together: `{tried.digest}`."


def attack_line(found: Findings) -> str:
    """One attack as a row of a table."""
    share = f"{found.per_100_000 / 1_000:.2f} %"
    figures = (found.instances, found.shop_months, found.reports, found.sums_tried)
    counts = " | ".join(f"{figure:,}" for figure in figures)
    return f"| {counts} | {found.found_inside} | {found.differences_tried:,} | {found.found_between:,} | {share} |"


def _machine() -> str:
    return f"{os.cpu_count()} cores, Python {platform.python_version()}, {platform.system()} {platform.machine()}"


def _commit() -> str:
    """The commit that ran, where there is one."""
    here = Path(__file__).parent
    done = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"],  # noqa: S607 - whichever git the developer has
        cwd=here,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout.strip() or "unknown"
