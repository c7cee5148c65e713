"""The member's folder, made ready for a start: nothing of the member's own is ever written over."""

import os
import shutil
from importlib.util import find_spec
from pathlib import Path

STARTUP = """\
# Written anew at each start of the workbench. Put what is yours into a file beside this one.
get_ipython().run_line_magic("load_ext", "andon_sdk.link")
"""
_STARTUP_FILE = Path(".ipython/profile_default/startup/00-andon.py")
_GIVEN = Path(".andon/gallery")
"""Names of the notebooks that were copied once: one that the member deleted does not come back."""


def make_ready(home: Path, gallery: Path | None) -> None:
    """Writes the file that kernels start with, and copies notebooks of `gallery` that were never copied before."""
    startup = home / _STARTUP_FILE
    startup.parent.mkdir(parents=True, exist_ok=True)
    startup.write_text(STARTUP)
    if gallery is not None:
        _copy(gallery, home)


def gallery() -> Path | None:
    """The SDK's folder of notebooks; None where the installed SDK has none."""
    found = find_spec("andon_sdk.link")
    places = [Path(place) / "gallery" for place in (found.submodule_search_locations or ())] if found else []
    return next((place for place in places if place.is_dir()), None)


def _copy(gallery: Path, home: Path) -> None:
    kept = home / _GIVEN
    kept.parent.mkdir(exist_ok=True)
    given = set(kept.read_text().splitlines()) if kept.exists() else set[str]()
    folder = home / "gallery"
    folder.mkdir(exist_ok=True)
    for notebook in sorted(gallery.glob("*.ipynb")):
        target = folder / notebook.name
        if notebook.name in given or os.path.lexists(target):
            continue
        shutil.copyfile(notebook, target)
    kept.write_text("".join(f"{name}\n" for name in sorted(given | {each.name for each in gallery.glob("*.ipynb")})))
