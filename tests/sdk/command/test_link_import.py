import json

import nbformat
import pytest
from link_canvas import component, written

from andon_sdk.command import main


def test_a_notebook_is_imported_with_a_report(tmp_path, capsys):
    path = written(tmp_path, component("Load", "rows = [1]"), component("Sum", "total = sum(rows)", "Load"))
    assert main(["link", "import", str(path), "--into", str(tmp_path / "new.ipynb")]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[:2] == ["components: 2 of 2", "edges: 1 of 1"]
    assert lines[2].startswith(f"{tmp_path}/new.ipynb: look at it with andon-sdk link check ")
    tags = [cell.metadata["tags"] for cell in nbformat.read(tmp_path / "new.ipynb", 4).cells]
    assert tags == [["step:load"], ["step:sum"]]


def test_what_is_left_out_shows_in_the_exit_code(tmp_path, capsys):
    path = written(tmp_path, component("Load", "rows = ["))
    assert main(["link", "import", str(path), "--into", str(tmp_path / "new"), "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert (told["notebook"], told["parts"][0]["fate"]) == (f"{tmp_path}/new/canvas.ipynb", "left out")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["import", "{}/none.ipynb", "--into", "{}"], "none.ipynb cannot be read"),
        (["gallery", "drills", "--into", "{}"], "no notebook 'drills' in the gallery; there are battery_life"),
        (["gallery", "--into", "{}/file"], "cannot be written"),
    ],
)
def test_what_cannot_be_done_is_told(tmp_path, capsys, arguments, said):
    (tmp_path / "file").write_text("")
    assert main(["link", *(each.format(tmp_path) for each in arguments)]) == 2
    assert said in capsys.readouterr().err


def test_notebooks_to_begin_with(tmp_path, capsys):
    assert main(["link", "gallery", "drill_wear", "--into", str(tmp_path / "mine")]) == 0
    assert capsys.readouterr().out == f"{tmp_path}/mine/drill_wear.ipynb\n"
    assert main(["link", "gallery", "drill_wear", "--into", str(tmp_path / "mine")]) == 0
    assert capsys.readouterr().out == "What was there already stays as it is.\n"
