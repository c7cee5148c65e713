"""`analyse`: what the code of a notebook says, and what is wrong with it. Nothing of it is run."""

from andon_sdk.link.contracts import Analysis, Notebook
from andon_sdk.link.graph import graph, linked
from andon_sdk.link.packages import Packages
from andon_sdk.link.rules import CHECKS
from andon_sdk.link.seen import Seen


def analyse(notebook: Notebook, packages: Packages | None = None) -> Analysis:
    """Never runs anything. `packages` says what is installed; without it, this Python does."""
    links = linked(notebook)
    seen = Seen(notebook, links, graph(links), packages or Packages())
    findings = {finding: None for check in CHECKS for finding in check(seen)}
    order = sorted(
        findings, key=lambda finding: (finding.cell, finding.line, finding.severity, finding.rule, finding.what)
    )
    return Analysis(notebook, seen.graph, tuple(order))
