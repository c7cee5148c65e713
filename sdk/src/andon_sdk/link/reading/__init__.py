"""A notebook's file, read and not run: Jupyter, marimo, or Python with `# %%` cells."""

from pathlib import Path

from andon_sdk.link.contracts import Form, Notebook
from andon_sdk.link.reading.errors import NotebookRefused
from andon_sdk.link.reading.jupyter import jupyter_cells
from andon_sdk.link.reading.marimo import is_marimo, marimo_cells
from andon_sdk.link.reading.percent import percent_cells

__all__ = ["NotebookRefused", "parse", "read"]

MOST_BYTES = 64 * 1024 * 1024
"""Of a file, its pictures and outputs included."""
MOST_CODE = 2 * 1024 * 1024
"""Characters of its code."""
_NEXT = "Give a .ipynb of Jupyter, or a .py of marimo or with # %% cells."


def read(path: Path | str) -> Notebook:
    """Reads the file. Raises `NotebookRefused` where it is not there, too large, or no notebook in Python."""
    path = Path(path)
    try:
        size = path.stat().st_size
        if not path.is_file():
            raise NotebookRefused(f"{path} is no file.", "A notebook is one file.", _NEXT)
        if size > MOST_BYTES:
            raise NotebookRefused(
                f"{path} has {size / 2**20:.0f} MiB.",
                f"At most {MOST_BYTES // 2**20} MiB are read.",
                "Clear its outputs and save it.",
            )
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise NotebookRefused(
            f"{path} cannot be read.", f"{error.strerror}.", "Look at its path and rights."
        ) from error
    except UnicodeDecodeError as error:
        raise NotebookRefused(f"{path} is not text in UTF-8.", f"Byte {error.start} is none of it.", _NEXT) from error
    return parse(text, path)


def parse(text: str, path: Path) -> Notebook:
    """The same of a text that is there already; the name of the path says how it is written."""
    if path.suffix == ".ipynb":
        cells = jupyter_cells(text, path)
        _short_enough(sum(len(cell.source) for cell in cells), path)
        return Notebook(path, Form.JUPYTER, cells)
    if path.suffix != ".py":
        raise NotebookRefused(f"{path} is no notebook.", "Its name ends neither in .ipynb nor in .py.", _NEXT)
    _short_enough(len(text), path)
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if is_marimo(text):
        return Notebook(path, Form.MARIMO, marimo_cells(text, path))
    return Notebook(path, Form.PYTHON, percent_cells(text, path))


def _short_enough(characters: int, path: Path) -> None:
    if characters > MOST_CODE:
        raise NotebookRefused(
            f"{path} has {characters:,} characters of code.",
            f"At most {MOST_CODE:,} are read.",
            "Keep what is data in a file of its own.",
        )
