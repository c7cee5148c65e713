"""All checks, in the order in which their findings are best read."""

import resource
import sys
import time
import traceback
from collections.abc import Callable, Iterator, Mapping

from andon_sdk.testing.checks import blueprints as modules
from andon_sdk.testing.checks import (
    connectors,
    contracts,
    declarations,
    destinations,
    estimators,
    gates,
    package,
    plants,
    rules,
)
from andon_sdk.testing.finding import Finding, Seen
from andon_sdk.testing.subject import Subject

SECONDS, GROWTH_BYTES = 30.0, 1_500_000_000
"""What a check may take of processor time and of memory; first-party plugins take a fifth of either."""

CHECKS: Mapping[str, Callable[[Subject], Seen]] = {
    "manifest": package.manifest,
    "settings": package.settings,
    "documents": package.documents,
    "hooks": declarations.hooks,
    "keys": declarations.keys,
    "references": declarations.references,
    "contracts": contracts.contracts,
    "blueprints": modules.blueprints,
    "estimators": estimators.estimators,
    "alarm-rules": rules.alarm_rules,
    "suitability-factors": rules.suitability_factors,
    "gates": gates.gates,
    "demo-plants": plants.demo_plants,
    "connectors": connectors.connectors,
    "destinations": destinations.destinations,
}


def examine(subject: Subject, check: str) -> Iterator[Finding]:
    """Findings of one check. Whatever the plugin raises on the way is one, and so is what the check took."""
    began, before = time.process_time(), _peak()
    try:
        for where, what, fix in CHECKS[check](subject):
            yield Finding(check, where, what, fix)
    except Exception as error:  # noqa: BLE001 - a plugin may raise anything, and the next check is still to be made
        where, line = _blamed(error, subject)
        yield Finding(check, where, f"{type(error).__name__}: {str(error)[:300]}", f"It was raised {line}.")
    took, grown = time.process_time() - began, _peak() - before
    if took > SECONDS:
        yield Finding(
            check, subject.name, f"It took {took:.0f} s of a processor; {SECONDS:.0f} s are enough.", "Do less at once."
        )
    if grown > GROWTH_BYTES:
        yield Finding(
            check,
            subject.name,
            f"It took {grown / 1e9:.1f} GB of memory; {GROWTH_BYTES / 1e9:.1f} GB are enough for a block this small.",
            "Do not make arrays larger than rows × signals × a layer's width.",
        )


def _peak() -> int:
    """Bytes this process held at most so far; macOS counts in bytes, Linux in kilobytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def _blamed(error: BaseException, subject: Subject) -> tuple[str, str]:
    """The innermost place in the plugin's own code."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if frame.filename.startswith(str(subject.folder))]
    if not own:
        return subject.name, f"in {frames[-1].name}, called with what the plugin declares"
    return own[-1].name, f"in {own[-1].filename}, line {own[-1].lineno}"
