"""What differs, whether it matters, and what to do."""

from dataclasses import replace

import pytest

from andon_sdk.link.differences import Kind, compare
from andon_sdk.link.environment import Lock

MADE = Lock(
    "3.11.7",
    {"torch": "2.13.0+cpu", "filelock": "4.1", "humps": "1.0.0", "andon-sdk": "0.1.0"},
    {"andon-sdk": "a" * 64, "andon-pump": "b" * 64},
    {"machine": "x86_64", "capability": "AVX512", "threads": "1"},
    ("humps",),
)


def test_the_same_differs_in_nothing():
    assert compare(MADE, MADE).found == ()


@pytest.mark.parametrize(
    ("here", "what", "matters", "sentence", "mend"),
    [
        (
            replace(MADE, python="3.12.1"),
            "python",
            True,
            "It was made by Python 3.11.7; here is 3.12.1, which may order and round otherwise.",
            "Use Python 3.11, or train it again.",
        ),
        (
            replace(MADE, python="3.11.9"),
            "python",
            False,
            "Python 3.11.7 and 3.11.9 differ in mended mistakes only.",
            "",
        ),
        (
            replace(MADE, packages={**MADE.packages, "torch": "2.14.0"}),
            "torch",
            True,
            "It was made with torch 2.13.0+cpu; 2.14.0 may give other numbers.",
            'pip install "torch==2.13.0"',
        ),
        (
            replace(MADE, packages={**MADE.packages, "torch": "2.13.1+cpu"}),
            "torch",
            False,
            "torch 2.13.0+cpu and 2.13.1+cpu differ in mended mistakes only.",
            "",
        ),
        (
            replace(MADE, packages={**MADE.packages, "humps": "2.0"}),
            "humps",
            True,
            "It was made with humps 1.0.0; 2.0 may give other numbers.",
            'pip install "humps==1.0.0"',
        ),
        (
            replace(MADE, packages={name: said for name, said in MADE.packages.items() if name != "humps"}),
            "humps",
            True,
            "It was made with humps 1.0.0, which is missing here.",
            'pip install "humps==1.0.0"',
        ),
        (
            replace(MADE, packages={**MADE.packages, "numba": "1.0"}),
            "numba",
            True,
            "It was made without numba; here is 1.0, and what finds it may compute by it.",
            "pip uninstall numba",
        ),
        (
            replace(MADE, packages={**MADE.packages, "filelock": "9.0"}),
            "filelock",
            False,
            "The recipe's numbers do not go through filelock.",
            "",
        ),
        (
            replace(MADE, files={**MADE.files, "andon-pump": "c" * 64}),
            "files of andon-pump",
            True,
            "The files of andon-pump are not those that made it: its code may compute otherwise.",
            "Add the version of andon-pump that made it again (`andon plugin add`), or train again.",
        ),
        (
            replace(MADE, files={**MADE.files, "andon-sdk": "c" * 64}),
            "files of andon-sdk",
            False,
            "The files of andon-sdk are others; models are judged again by what they answered where they were made.",
            "",
        ),
        (
            replace(MADE, processor={**MADE.processor, "capability": "AVX2"}),
            "processor's instructions",
            True,
            "The processor's instructions: AVX512 where it was made, AVX2 here. Sums are added in another order.",
            "Train it again on the processors that are here.",
        ),
        (
            replace(MADE, processor={**MADE.processor, "threads": "2"}),
            "threads that torch uses",
            False,
            "Models are trained and served with one thread, whatever the machine has.",
            "",
        ),
    ],
)
def test_each_is_told_with_its_weight(here: Lock, what: str, matters: bool, sentence: str, mend: str):
    [found] = compare(MADE, here).found
    assert (found.what, found.matters, found.sentence, found.mend) == (what, matters, sentence, mend)


def test_those_that_matter_come_first_and_one_command_mends_the_packages():
    here = replace(
        MADE, python="3.12.0", packages={"torch": "2.9", "filelock": "5", "humps": "3", "andon-sdk": "0.1.0"}
    )
    found = compare(MADE, here)
    assert [(each.what, each.kind) for each in found.that_matter] == [
        ("humps", Kind.PACKAGE),
        ("python", Kind.PYTHON),
        ("torch", Kind.PACKAGE),
    ]
    assert [str(each) for each in found.that_do_not] == ["filelock 4.1, here 5"]
    assert found.command == 'pip install "humps==1.0.0" "torch==2.13.0"'


def test_what_an_older_lock_does_not_tell_is_not_held_against_it():
    older = Lock.of({"python": "3.11.7", "torch": "2.13.0+cpu", "humps": "1.0.0"})
    assert compare(older, replace(MADE, packages={**MADE.packages, "numba": "1.0"})).found == ()
