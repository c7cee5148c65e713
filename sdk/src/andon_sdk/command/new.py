"""A new plugin from the template that comes with the SDK."""

import keyword
import re
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from andon_sdk.command import Refused

_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_TITLE = re.compile(r"[\w][\w .,'()&/+-]{0,79}")
_LEFT_OUT = re.compile(r"__pycache__|.*\.(egg-info|pyc)|\..+|build|dist")
_TAKEN = {"sdk", "template", "test", "tests"}
_WORDS = re.compile("andon_template|andon-template|TEMPLATE|Template machine|template machine|template")


def make(name: str, title: str, into: Path) -> Path:
    """Writes the plugin's folder and returns it. Raises `Refused` for a name or a title that cannot be used."""
    key = name.removeprefix("andon-")
    if not _NAME.fullmatch(key) or len(key) > 40 or key in _TAKEN or keyword.iskeyword(key):
        raise Refused(f"{name!r} cannot be a plugin's name: small letters, digits and single dashes, a letter first.")
    if not _TITLE.fullmatch(title):
        raise Refused(f"{title!r} cannot be a title: at most 80 letters, digits, spaces and .,'()&/+- on one line.")
    folder = into / f"andon-{key}"
    if folder.exists():
        raise Refused(f"{folder} is there already: choose another name, or another folder with --into.")
    snake = key.replace("-", "_")
    words = {
        "andon_template": f"andon_{snake}",
        "andon-template": f"andon-{key}",
        "TEMPLATE": snake.upper(),
        "Template machine": title,
        "template machine": title[0].lower() + title[1:],
        "template": key,
    }
    names = words | {"template": snake}
    _write(files("andon_sdk") / "template", folder, words, names)
    return folder


def _write(source: Traversable, target: Path, words: dict[str, str], names: dict[str, str]) -> None:
    target.mkdir(parents=True)
    for each in sorted(source.iterdir(), key=lambda each: each.name):
        if _LEFT_OUT.fullmatch(each.name):
            continue
        to = target / _said(each.name, names)
        if each.is_dir():
            _write(each, to, words, names)
        else:
            to.write_text(_said(each.read_text("utf-8"), words), "utf-8")


def _said(text: str, words: dict[str, str]) -> str:
    return _WORDS.sub(lambda found: words[found[0]], text)
