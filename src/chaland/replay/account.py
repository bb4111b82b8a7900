"""The closing account: what was read is accepted, a duplicate, rejected for a reason, or waits."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from chaland.replay.types import Answer, Outcome, Step, Verdict


@dataclass(slots=True)
class Tally:
    """One level of the account. ``read`` is counted in the file, the rest from the answers."""

    read: int
    accepted: int = 0
    duplicates: int = 0
    rejected: Counter[str] = field(default_factory=Counter)

    @property
    def settled(self) -> int:
        """How many have an end."""
        return self.accepted + self.duplicates + self.rejected.total()

    def add(self, verdict: str, reason: str, count: int = 1) -> None:
        """Count *count* ends of one kind."""
        if verdict == "accepted":
            self.accepted += count
        elif verdict == "duplicate":
            self.duplicates += count
        else:
            self.rejected[reason] += count

    def as_json(self) -> dict[str, object]:
        """Return the tally for machines, reasons by frequency."""
        return {
            "read": self.read,
            "accepted": self.accepted,
            "duplicates": self.duplicates,
            "rejected": self.rejected.total(),
            "rejected_by_reason": dict(self.rejected.most_common()),
            "waiting": self.read - self.settled,
        }


@dataclass(slots=True)
class Account:
    """The account of a replay, by invoice and by line."""

    invoices: Tally
    lines: Tally
    orders_accepted: int = 0
    cancellations_accepted: int = 0

    @property
    def balances(self) -> bool:
        """Tell whether read = accepted + duplicates + rejected, of invoices and of lines."""
        return self.invoices.read == self.invoices.settled and self.lines.read == self.lines.settled

    def add(self, outcome: Outcome) -> None:
        """Enter what became of one invoice."""
        self.invoices.add(outcome.verdict, outcome.reason)
        for end, count in outcome.lines.items():
            verdict, _, reason = end.partition(":")
            self.lines.add(verdict, reason, count)
        if outcome.verdict == "accepted" and outcome.is_cancellation:
            self.cancellations_accepted += 1
        elif outcome.verdict == "accepted":
            self.orders_accepted += 1

    def as_json(self) -> dict[str, object]:
        """Return the account for machines."""
        return {
            "balances": self.balances,
            "invoices": {
                **self.invoices.as_json(),
                "accepted_orders": self.orders_accepted,
                "accepted_cancellations": self.cancellations_accepted,
            },
            "lines": self.lines.as_json(),
        }


def settle(
    step: Step, orders: Mapping[str, Answer], cancellations: Mapping[str, Answer]
) -> Outcome:
    """Sum up the answers to one step: *orders* by external id, *cancellations* by key.

    An invoice is accepted when at least one of its calls was; else a duplicate when one was;
    else it is rejected, with the reason of its lines if they agree, else ``no_line_left``.
    """
    ends: Counter[str] = Counter(f"rejected:{reason}" for reason in step.rejected_lines.values())
    answers: list[Answer] = []
    for order in step.orders:
        answer = orders[order.external_id]
        answers.append(answer)
        ends[_end(answer)] += len(order.lines)
    for cancellation in step.cancellations:
        answer = cancellations[cancellation.key]
        answers.append(answer)
        ends[_end(answer)] += len({unit.source_line for unit in cancellation.units})
    verdict, reason = _verdict(answers, ends)
    return Outcome(
        invoice=step.invoice,
        verdict=verdict,
        reason=reason,
        is_cancellation=step.is_cancellation,
        lines=dict(ends),
        order_ids={
            order.external_id: order_id
            for order in step.orders
            if (order_id := orders[order.external_id].order_id) is not None
        },
        cancelled={
            item.key: order_id
            for item in step.cancellations
            if cancellations[item.key].verdict != "rejected"
            and (order_id := cancellations[item.key].order_id) is not None
        },
    )


def _end(answer: Answer) -> str:
    return f"rejected:{answer.reason}" if answer.verdict == "rejected" else answer.verdict


def _verdict(answers: Iterable[Answer], ends: Counter[str]) -> tuple[Verdict, str]:
    verdicts = {answer.verdict for answer in answers}
    if "accepted" in verdicts:
        return "accepted", ""
    if "duplicate" in verdicts:
        return "duplicate", ""
    reasons = {end.partition(":")[2] for end in ends}
    return "rejected", reasons.pop() if len(reasons) == 1 else "no_line_left"
