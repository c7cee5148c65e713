"""Words of `andon-sdk link` that make notebooks: those of the gallery, and imported ones."""

import argparse
import json
from pathlib import Path

from andon_sdk.command import Refused


def add_words(words: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    told = "Write a Link notebook of MakinaRocks anew, with tags, and say what became of each part"
    bring = words.add_parser("import", help=told, description=told)
    bring.add_argument("notebook", type=Path, metavar="FILE", help=".ipynb, or .py of jupytext")
    bring.add_argument("--into", type=Path, required=True, metavar="PLACE", help="folder, or name of the new .ipynb")
    bring.add_argument("--json", action="store_true", help="the report as JSON")
    bring.set_defaults(action=_import)
    told = "Write notebooks to begin with into a folder; a file that is there stays"
    begin = words.add_parser("gallery", help=told, description=told)
    begin.add_argument("names", nargs="*", metavar="NAME", help="some of them (default: all)")
    begin.add_argument("--into", type=Path, default=Path(), metavar="FOLDER", help="where (default: here)")
    begin.set_defaults(action=_gallery)


def _import(told: argparse.Namespace) -> int:
    from andon_sdk.link.canvas import CanvasError, Fate, import_notebook  # noqa: PLC0415 - each imports what it needs

    try:
        target, report, analysis = import_notebook(told.notebook, told.into)
    except CanvasError as error:
        raise Refused(str(error)) from error
    if told.json:
        print(json.dumps(report.as_json() | {"notebook": str(target)}, indent=2, ensure_ascii=False))
    else:
        print(*report.lines(), sep="\n")
        print(f"{target}: look at it with andon-sdk link check {target} ({len(analysis.findings)} findings)")
    return 1 if any(part.fate is Fate.LEFT for part in report.parts) else 0


def _gallery(told: argparse.Namespace) -> int:
    from andon_sdk.link import gallery  # noqa: PLC0415

    if strange := [name for name in told.names if name not in gallery.NAMES]:
        raise Refused(f"There is no notebook {strange[0]!r} in the gallery; there are {', '.join(gallery.NAMES)}.")
    try:
        made = gallery.put(told.into, *told.names)
    except OSError as error:
        raise Refused(f"{told.into} cannot be written: {error}") from error
    for path in made:
        print(path)
    if len(made) < len(told.names or gallery.NAMES):
        print("What was there already stays as it is.")
    return 0
