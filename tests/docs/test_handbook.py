"""The operator's guide shows the pictures that the story in a browser takes: all of them, and no others."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
GUIDE = ROOT / "docs/how-to/operator.md"
PICTURES = ROOT / "docs/how-to/images"
STORY = ROOT / "tests/e2e/test_story_in_a_browser.py"
SHOWN = re.compile(r"!\[([^\]]*)\]\(images/([^)]+)\.webp\)")
TAKEN = re.compile(r'\.picture\("([^"]+)"\)')
MOST_BYTES = 1_500_000


def shown() -> list[tuple[str, str]]:
    """What a picture shows, for who cannot see it, and its name, in the guide's order."""
    return SHOWN.findall(GUIDE.read_text("utf-8"))


def test_each_picture_is_taken_by_the_story_and_shown_once():
    names = [name for _, name in shown()]
    assert names == sorted(names), "the guide tells the day in its order"
    assert names == TAKEN.findall(STORY.read_text("utf-8"))


def test_each_picture_says_in_words_what_it_shows():
    assert [name for text, name in shown() if len(text) < 20] == []


def test_pictures_are_small_and_none_is_left_over():
    files = sorted(PICTURES.iterdir())
    assert [file.stem for file in files] == [name for _, name in shown()]
    assert {file.read_bytes()[8:12] for file in files} == {b"WEBP"}
    assert sum(file.stat().st_size for file in files) < MOST_BYTES
