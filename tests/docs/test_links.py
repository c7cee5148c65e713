"""Links of documents lead somewhere, and GraphQL in them is valid against the schema of the gateway."""

import re
from functools import cache
from pathlib import Path

import pytest
from graphql import build_schema, parse, validate

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted(
    [
        *ROOT.glob("*.md"),
        *(ROOT / "docs").rglob("*.md"),
        *(ROOT / "plugins").glob("*/README.md"),
        ROOT / "sdk/README.md",
        ROOT / "gateway/portal/README.md",
    ]
)
SCHEMA = build_schema((ROOT / "gateway/schema.graphql").read_text("utf-8"))
FENCED = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
DOCUMENT = re.compile(r'"""(\s*(?:query|mutation|subscription)\b.*?)"""|query\(\s*"(\{.*?\})"', re.DOTALL)


def name(page: Path) -> str:
    return str(page.relative_to(ROOT))


def anchor(heading: str) -> str:
    """As GitHub makes it."""
    text = re.sub(r"[`*]|\[|\]\([^)]*\)", "", heading.strip().lower())
    return re.sub(r"[^\w\- ]", "", text).replace(" ", "-")


@cache
def anchors(page: Path) -> set[str]:
    text = FENCED.sub("", page.read_text("utf-8"))
    return {anchor(heading) for heading in re.findall(r"^#+ (.+)$", text, re.MULTILINE)}


def broken(page: Path) -> list[str]:
    found = []
    for target in LINK.findall(FENCED.sub("", page.read_text("utf-8"))):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, fragment = target.partition("#")
        there = (page.parent / path).resolve() if path else page
        if not there.exists() or (fragment and fragment not in anchors(there)):
            found.append(target)
    return found


def documents(page: Path) -> list[str]:
    """GraphQL of ```graphql blocks, and that in the strings of ```python blocks."""
    text = page.read_text("utf-8")
    found = re.findall(r"^```graphql\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    for block in re.findall(r"^```python\n(.*?)^```", text, re.MULTILINE | re.DOTALL):
        found += [long or short for long, short in DOCUMENT.findall(block)]
    return found


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_relative_links_lead_somewhere(page):
    assert broken(page) == []


@pytest.mark.parametrize("page", [page for page in PAGES if documents(page)], ids=name)
def test_graphql_is_valid(page):
    for document in documents(page):
        assert validate(SCHEMA, parse(document)) == [], document


def test_graphql_is_found():
    assert len(documents(ROOT / "docs/how-to/integrator.md")) == 13
    assert len(documents(ROOT / "docs/tutorial/first-day.md")) == 8


def test_every_page_is_in_the_index():
    index = (ROOT / "docs/README.md").read_text("utf-8")
    pages = {str(page.relative_to(ROOT / "docs")) for page in (ROOT / "docs").rglob("*.md")}
    listed = set(LINK.findall(index)) | {"README.md"}
    assert {page for page in pages - listed if not page.startswith("decisions/")} == set()


def test_every_decision_is_in_its_index():
    folder = ROOT / "docs/decisions"
    listed = set(LINK.findall((folder / "README.md").read_text("utf-8")))
    assert {page.name for page in folder.glob("*.md")} - {"README.md"} - listed == set()
