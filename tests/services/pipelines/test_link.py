"""`link.json` read as something a stranger wrote: every mistake names its place."""

import json
from typing import Any

import pytest
from pipeline_wheels import LINK

from services.pipelines.contracts import ParameterKind, Proof
from services.pipelines.errors import NotAPipeline
from services.pipelines.link import MOST_BYTES, link, parsed


def said(**changes: Any) -> bytes:
    return json.dumps({**LINK, **changes}).encode()


def test_what_a_package_says_is_read():
    found = link(parsed(said(fixed=["robust"], later="a key of a later SDK")))
    assert (found.contract, found.notebook) == ("laser-drill", "wear.ipynb")
    assert [(each.key, each.kind, each.default, each.fixed) for each in found.parameters] == [
        ("spread", ParameterKind.FLOAT, 1.0, False),
        ("robust", ParameterKind.BOOL, True, True),
    ]
    assert [(each.name, each.is_recipe, each.is_metrics) for each in found.steps] == [
        ("clean", False, False),
        ("centre", False, False),
        ("build", True, False),
        ("metrics", False, True),
    ]
    assert found.proof == Proof(True, {"auc": 0.93, "rows": 1200.0}, 1e-6, "a" * 64)
    assert found.findings[0].what == "`rand` has no seed."


def test_what_may_be_left_out_may():
    found = link(parsed(b'{"format": 1}'))
    assert (found.contract, found.parameters, found.steps, found.findings, found.proof) == (None, (), (), (), None)
    assert link(parsed(said(proof={"state": "differs"}))).proof == Proof(False, {}, 0.0, "")


PARAMETER = LINK["parameters"][0]
WRONG: list[tuple[bytes, str]] = [
    (b"[]", "is no JSON object"),
    (b"{", "is not JSON"),
    (b'{"format": 1, "proof": {"metrics": {"auc": NaN}}}', "is not JSON: NaN is no number"),
    (b"[" * 100_000, "is not JSON"),
    (b" " * (MOST_BYTES + 1), "bytes; 4,194,304 are read at most"),
    (said(format=2), "has the format 2"),
    (said(notebook="../../etc/passwd"), "has no name of an .ipynb or .py file at notebook"),
    (said(notebook='x".ipynb'), "at notebook"),
    (said(parameters=[{**PARAMETER, "kind": "list"}]), "at parameters[0].kind: one of bool, int, float, str"),
    (said(parameters=[{**PARAMETER, "kind": "int", "default": True}]), "has no int at parameters[0].default"),
    (said(parameters=[{**PARAMETER, "low": "a"}]), "has no number at parameters[0].low"),
    (said(parameters=[PARAMETER] * 501), "has no list of at most 500 at parameters"),
    (said(parameters=[{**PARAMETER, "help": "x" * 4001}]), "at parameters[0].help"),
    (said(graph={"steps": [{"name": "a", "after": ["b"]}]}), "the step a comes after b, which does not come before it"),
    (said(graph={"steps": [{"name": "a"}, {"name": "a"}]}), "has two steps called a"),
    (said(graph={"steps": [{"name": "a", "cells": ["3"]}]}), "has no numbers of cells at graph.steps[0].cells"),
    (said(graph=[]), "has no object at graph"),
    (said(proof={"metrics": {"auc": "good"}}), "has no number at proof.metrics.auc"),
    (said(findings=[{"cell": "4"}]), "has no place in the notebook at findings[0]"),
]


@pytest.mark.parametrize(("content", "words"), WRONG, ids=range(len(WRONG)))
def test_a_mistake_is_named_by_its_place(content, words):
    with pytest.raises(NotAPipeline) as caught:
        parsed(content)
    assert words in str(caught.value)
