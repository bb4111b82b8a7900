"""What differs between two versions of a strategy."""

from collections.abc import Iterator, Mapping
from typing import Any

from chaland.sourcing.rules.strategies.forms import document_form, rule_form
from chaland.sourcing.types import DocumentChange, StrategyDocument

_DEFAULTS: Mapping[str, object] = {"on": True, "go_on": False}


def changes(before: StrategyDocument, after: StrategyDocument) -> list[DocumentChange]:
    """Return the differences: of what holds for all orders first, then rule by rule."""
    found = list(_general(before, after))
    old = {rule.code: rule for rule in before.rules}
    new = {rule.code: rule for rule in after.rules}
    found += [
        DocumentChange(kind="removed", rule=rule.code, name=rule.name, before=rule_form(rule))
        for rule in before.rules
        if rule.code not in new
    ]
    kept = [rule.code for rule in before.rules if rule.code in new]
    order = [rule.code for rule in after.rules if rule.code in old]
    stayed = _longest_common(kept, order)
    for rule in after.rules:
        if rule.code not in old:
            found.append(
                DocumentChange(kind="added", rule=rule.code, name=rule.name, after=rule_form(rule))
            )
            continue
        if rule.code not in stayed:
            found.append(
                DocumentChange(
                    kind="moved",
                    rule=rule.code,
                    name=rule.name,
                    before=before.rules.index(old[rule.code]) + 1,
                    after=after.rules.index(rule) + 1,
                )
            )
        found += _fields(rule_form(old[rule.code]), rule_form(rule), rule.code, rule.name)
    return found


def _general(before: StrategyDocument, after: StrategyDocument) -> Iterator[DocumentChange]:
    old, new = document_form(before), document_form(after)
    old.pop("rules", None)
    new.pop("rules", None)
    yield from _fields(old, new, "", "")


def _fields(
    old: Mapping[str, Any], new: Mapping[str, Any], rule: str, name: str, path: str = ""
) -> Iterator[DocumentChange]:
    for field in dict.fromkeys([*old, *new]):
        missing = None if path else _DEFAULTS.get(field)
        left, right = old.get(field, missing), new.get(field, missing)
        if left == right:
            continue
        where = f"{path}.{field}" if path else field
        if field in {"when", "weights", "items", "split"}:
            yield from _fields(left or {}, right or {}, rule, name, where)
        else:
            yield DocumentChange(
                kind="changed", rule=rule, name=name, field=where, before=left, after=right
            )


def _longest_common(first: list[str], second: list[str]) -> set[str]:
    """Return the items of a longest common subsequence: what did not have to move."""
    lengths = [[0] * (len(second) + 1) for _ in range(len(first) + 1)]
    for i in range(len(first) - 1, -1, -1):
        for j in range(len(second) - 1, -1, -1):
            lengths[i][j] = (
                lengths[i + 1][j + 1] + 1
                if first[i] == second[j]
                else max(lengths[i + 1][j], lengths[i][j + 1])
            )
    i = j = 0
    kept = set()
    while i < len(first) and j < len(second):
        if first[i] == second[j]:
            kept.add(first[i])
            i, j = i + 1, j + 1
        elif lengths[i + 1][j] >= lengths[i][j + 1]:
            i += 1
        else:
            j += 1
    return kept
