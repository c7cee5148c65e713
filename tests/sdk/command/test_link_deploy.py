"""`andon-sdk link deploy` without an Andon: what it is given, and what it says."""

import shutil
from pathlib import Path

import pytest

from andon_sdk.command import main

NOTEBOOKS = Path(__file__).parents[1] / "link" / "notebooks"


@pytest.fixture
def notebook(tmp_path, monkeypatch) -> str:
    monkeypatch.setenv("ANDON_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("ANDON_KEY", "andon_x")
    return str(shutil.copy(NOTEBOOKS / "trees.py", tmp_path))


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ([], "trees.py is not proven. It was not proven as it is saved now"),
        (["--set", "epochs"], "'epochs' is no parameter: write it as in epochs=20."),
        (["--assets", "a,b"], "A run needs the range of its rows: give start and end."),
    ],
)
def test_what_is_wrong_is_said(notebook, capsys, more, said):
    assert main(["link", "deploy", notebook, "--name", "valve-trees", *more]) == 2
    assert said in capsys.readouterr().err


def test_an_address_and_a_key_are_needed(notebook, capsys, monkeypatch):
    monkeypatch.delenv("ANDON_KEY")
    assert main(["link", "deploy", notebook, "--name", "valve-trees"]) == 2
    assert "set ANDON_URL and ANDON_KEY" in capsys.readouterr().err


@pytest.mark.parametrize(("told", "said"), [("2026-03-01", "says no zone"), ("soon", "soon is no time")])
def test_what_is_no_moment_is_refused(notebook, capsys, told, said):
    with pytest.raises(SystemExit):
        main(["link", "deploy", notebook, "--name", "valve-trees", "--from", told])
    assert said in capsys.readouterr().err
