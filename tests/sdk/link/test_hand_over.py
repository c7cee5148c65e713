"""Where nothing is found, steps that get copies of what they take do what the notebook does when run from the top.

Notebooks are made by chance, with seeds, from lines that bind, change, alias, delete and close over four names.
"""

import copy
from pathlib import Path
from random import Random
from typing import Any

import pytest

from andon_sdk.link.contracts import Step
from andon_sdk.link.findings import analyse
from andon_sdk.link.reading import parse

LINES = (
    "{a} = [{n}]",
    "{a} = {b}",
    "{a} = {b} + {c}",
    "{a} = {b} = [{n}]",
    "{a} = list({b})",
    "{a}, {b} = {c}, [1]",
    "{a}, {b} = {b}, {a}",
    "{a}.append({n})",
    "{a} += {b}",
    "{a}[0] = {b}[-1]",
    "if len({a}) > 1: {b} = [{n}]",
    "if len({a}) > 2: {b} = [7]\nelse: {c} = {a}",
    "for at in range(2): {a} = {b} + [at]",
    "try: {a} = {b}[5]\nexcept IndexError: {a} = {c}",
    "def f(x): return x + {a}",
    "{a} = f({b})",
    "g({a}, {b})",
    "del {a}",
    "{a} = [{b} for {b} in {c} if {b} in {a}]",
    "if ({a} := {b}): pass",
)
FIRST = "a = [1]\nb = [2, 3]\nc = [4]\nd = [5, 6, 7]\ndef f(x): return x\ndef g(x, y): x.append(len(y))"
LAST = "result = [a, b, c, d]"


def sources(seed: int) -> list[str]:
    chance = Random(seed)

    def line() -> str:
        a, b, c = (chance.choice("abcd") for _ in range(3))
        return chance.choice(LINES).format(a=a, b=b, c=c, n=chance.randint(0, 9))

    steps = ("\n".join(line() for _ in range(chance.randint(1, 3))) for _ in range(chance.randint(2, 4)))
    return [FIRST, *steps, LAST]


def by_steps(steps: tuple[Step, ...]) -> Any:
    store: dict[str, Any] = {}
    for step in steps:
        body = "\n".join(f"    {line}" for line in step.source.split("\n"))
        names: dict[str, Any] = {}
        exec(f"def step({', '.join(step.takes)}):\n{body}\n    return locals()", names)
        made = names["step"](**copy.deepcopy({name: store[name] for name in step.takes}))
        store |= {name: made[name] for name in step.gives if name in made}
    return store["result"]


@pytest.mark.parametrize("block", range(2))
def test_steps_do_what_the_notebook_does(block):
    sound = 0
    for seed in range(block * 100, block * 100 + 100):
        parts = sources(seed)
        text = "\n".join(f'# %% tags=["step:s{at}"]\n{source}' for at, source in enumerate(parts))
        found = analyse(parse(f'{text}\n# %% tags=["metrics"]\ncount = len(result)', Path("/nowhere/n.py")))
        if not found.sound:
            continue
        whole: dict[str, Any] = {}
        try:
            exec("\n".join(parts), whole)
        except (IndexError, TypeError):
            continue  # the notebook does not run either
        except NameError:
            assert "if " in text or "try" in text, text  # what only one branch binds
            continue
        sound += 1
        assert by_steps(found.graph.steps) == whole["result"], text
    assert sound > 30
