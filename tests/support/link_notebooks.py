"""Notebooks for tests: written as `# %%` cells, read as any other."""

from pathlib import Path

import nbformat

from andon_sdk.link.contracts import Analysis
from andon_sdk.link.findings import analyse
from andon_sdk.link.reading import read

SUMS = """
# %% tags=["imports"]
import json

# %% tags=["parameters"]
epochs = 3

# %% tags=["step:load"]
values = [1.0, 2.0]

# %% tags=["step:double"]
doubled = [2 * each for each in values] * epochs

# %% tags=["step:other"]
side = 5

# %% tags=["metrics"]
total = sum(doubled)
count = len(doubled)
names = ["not", "numbers"]
"""


def written(folder: Path, text: str, name: str = "work.py") -> Path:
    """The notebook's file; with a name in `.ipynb`, as Jupyter has it, without outputs."""
    path = folder / name
    if path.suffix == ".py":
        path.write_text(text.lstrip())
        return path
    cells = []
    for part in text.split("# %% ")[1:]:
        head, _, source = part.partition("\n")
        tags = json_tags(head)
        cells.append(nbformat.v4.new_code_cell(source.strip("\n"), metadata={"tags": tags}))
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=KERNEL), path)
    return path


KERNEL = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}


def json_tags(head: str) -> list[str]:
    import json

    return json.loads(head.partition("=")[2] or "[]")


def analysed(folder: Path, text: str, name: str = "work.py") -> Analysis:
    return analyse(read(written(folder, text, name)))
