"""Makes the gallery's notebooks of the scripts beside this one: `python sdk/gallery/build.py [NAME…]`.

A notebook is run once, and keeps of its outputs those of its metrics: they are what a proof is held against.
"""

import sys
from pathlib import Path

import jupytext
import nbformat
from nbclient import NotebookClient
from nbformat import NotebookNode

SOURCES = Path(__file__).parent
GALLERY = SOURCES.parent / "src/andon_sdk/link/gallery"
NAMES = tuple(sorted(path.stem for path in SOURCES.glob("*.py") if path.stem != "build"))
_METADATA = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


def notebook(name: str) -> NotebookNode:
    """The notebook of a script, not run yet; the same for the same script."""
    book = jupytext.reads((SOURCES / f"{name}.py").read_text("utf-8"), fmt="py:percent")
    book.metadata = nbformat.from_dict(_METADATA)
    for number, cell in enumerate(book.cells, 1):
        cell.id = f"{name.replace('_', '-')}-{number}"
    return book


def run(book: NotebookNode, folder: Path, seconds: int = 300) -> None:
    """Runs all cells in a kernel that works in `folder`."""
    NotebookClient(book, timeout=seconds, resources={"metadata": {"path": str(folder)}}).execute()


def only_metrics(book: NotebookNode) -> None:
    """Takes away all outputs but those of metrics, and what changes with each run."""
    book.metadata = nbformat.from_dict(_METADATA)
    for cell in book.cells:
        if cell.cell_type == "code":
            kept = "metrics" in cell.metadata.get("tags", [])
            cell.metadata.pop("execution", None)
            cell.execution_count = None
            cell.outputs = [_numberless(each) for each in cell.outputs] if kept else []


def _numberless(output: NotebookNode) -> NotebookNode:
    if "execution_count" in output:
        output.execution_count = None
    return output


def main() -> None:
    for name in sys.argv[1:] or NAMES:
        book = notebook(name)
        run(book, SOURCES)
        only_metrics(book)
        nbformat.validate(book)
        (GALLERY / f"{name}.ipynb").write_text(nbformat.writes(book) + "\n", "utf-8")
        print(GALLERY / f"{name}.ipynb")


if __name__ == "__main__":
    main()
