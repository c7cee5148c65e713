"""The reference of rights is what the code does."""

import re
from pathlib import Path

from gateway.schema.root import build
from services.kernel.rights import RIGHTS, Permission, Role

PAGE = (Path(__file__).resolve().parents[2] / "docs/reference/rights.md").read_text("utf-8")
ROWS = {
    Permission[cells[0]]: cells
    for row in re.findall(r"^\| `([A-Z_]+)` \| (.+?) \|$", PAGE, re.MULTILINE)
    for cells in [(row[0], *row[1].split(" | "))]
}


def test_every_right_is_explained_and_given_to_the_roles_that_have_it():
    assert list(ROWS) == list(Permission)
    for right, cells in ROWS.items():
        assert [bool(cell.strip()) for cell in cells[2:6]] == [right in RIGHTS[role] for role in Role], right


def test_every_mutation_stands_beside_its_right():
    mutations = build()._schema.mutation_type
    assert mutations is not None
    needed = {right: set[str]() for right in Permission}
    for name, mutation in mutations.fields.items():
        [right] = re.findall(r"Needs `(\w+)`", mutation.description or "")
        needed[Permission[right]].add(name)
    assert {right: set(re.findall(r"`(\w+)`", cells[6])) for right, cells in ROWS.items()} == needed
