"""The threat model names tests that exist."""

import ast
import re
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
PAGE = (TESTS.parent / "docs/reference/threats.md").read_text("utf-8")
NAMED = re.findall(r"`([a-z_/]+\.py)(?:::(\w+))?`", PAGE)


def functions(path: Path) -> set[str]:
    found = ast.walk(ast.parse(path.read_text("utf-8")))
    return {node.name for node in found if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}


def test_every_test_exists():
    missing = [
        f"{file}::{name}"
        for file, name in NAMED
        if not (TESTS / file).exists() or (name and name not in functions(TESTS / file))
    ]
    assert missing == []


def test_every_threat_has_one():
    rows = re.findall(r"^\| (.+) \| (.+) \| (.+) \|$", PAGE, re.MULTILINE)[1:]
    assert len(rows) > 20
    assert [threat for threat, _, shown in rows if not re.search(r"`[a-z_/]+\.py", shown)] == []
