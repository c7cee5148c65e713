"""What is looked for. Each module is one matter, with one public function that says what it found."""

from collections.abc import Callable, Iterator

from andon_sdk.link.contracts import Finding
from andon_sdk.link.rules import (
    addresses,
    asked,
    cells,
    chance,
    changed,
    counts,
    handed_over,
    hidden_names,
    installed,
    leaks,
    loaded,
    loops,
    results,
    shadowed,
    undefined,
)
from andon_sdk.link.seen import Rule, Seen

CHECKS: tuple[Callable[[Seen], Iterator[Finding]], ...] = (
    cells.cells,
    undefined.undefined,
    counts.counts,
    shadowed.shadowed,
    changed.changed,
    handed_over.handed_over,
    loops.loops,
    hidden_names.hidden_names,
    asked.asked,
    leaks.leaks,
    addresses.addresses,
    installed.installed,
    chance.chance,
    loaded.loaded,
    results.results,
)
_MODULES = (
    cells,
    undefined,
    counts,
    shadowed,
    changed,
    handed_over,
    loops,
    hidden_names,
    asked,
    leaks,
    addresses,
    installed,
    chance,
    loaded,
    results,
)
RULES: dict[str, Rule] = {
    rule.name: rule for module in _MODULES for rule in vars(module).values() if isinstance(rule, Rule)
}
"""By name; each has its section in docs/reference/link-findings.md."""
