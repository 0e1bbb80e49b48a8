"""The outcome of a simulation as a text to publish."""

from billing.commons.simulation.run import Outcome


def told(outcome: Outcome, *, instances: int, months: int, seed: int) -> str:
    """What happened, what everybody paid, and whether anything broke; amounts in euros."""
    lines = [f"{instances} instances, {months} months, seed {seed}", ""]
    lines += [f"{count:>10}  {what}" for what, count in sorted(outcome.events.items())]
    lines += ["", f"{'Instance':<24}{'charged':>14}{'due':>14}"]
    lines += [
        f"{host:<24}{_euros(amount):>14}{_euros(outcome.due[host]):>14}"
        for host, amount in sorted(outcome.charged.items())
    ]
    lines += [f"{'uncovered':<24}{_euros(outcome.uncovered):>14}", "", f"Last allocation  {outcome.last_digest}", ""]
    if not outcome.broken:
        lines.append("Every month all honest instances came to the same bytes. Nothing broke.")
    lines += [f"BROKEN  {what}" for what in outcome.broken]
    return "\n".join(lines)


def _euros(cents: int) -> str:
    sign = "-" if cents < 0 else ""
    return f"{sign}{abs(cents) // 100:,}.{abs(cents) % 100:02d}"
