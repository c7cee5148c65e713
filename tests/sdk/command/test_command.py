"""From nothing to a signed plugin, by the command alone; and what it says when it cannot."""

import json
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from andon_sdk.command import main
from andon_sdk.command.check import examined
from andon_sdk.package import Inspected, State, inspect

PLAIN = """\
from andon_boiler_feed.contract import BOILER_FEED
from andon_sdk.plugin import hook

@hook
def contracts(): return [BOILER_FEED]
"""
ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A plugin fresh from the template."""
    into = tmp_path_factory.mktemp("made")
    assert main(["new", "boiler-feed", "--title", "Boiler feed pump", "--into", str(into)]) == 0
    return into / "andon-boiler-feed"


@pytest.fixture
def project(made, tmp_path):
    return Path(shutil.copytree(made, tmp_path / made.name))


@pytest.fixture
def plain(project):
    """A plugin that offers a contract and nothing else."""
    package = project / "src/andon_boiler_feed"
    (package / "plugin.py").write_text(PLAIN)
    manifest = package / "andon-plugin.toml"
    manifest.write_text(re.sub("capabilities = .*", 'capabilities = ["contracts"]', manifest.read_text()))
    return project


@pytest.fixture(scope="module")
def built(made):
    assert main(["build", str(made)]) == 0
    [wheel] = (made / "dist").glob("*.whl")
    return wheel


def test_a_new_plugin_has_its_own_names_everywhere(made):
    files = [path for path in made.rglob("*") if path.is_file() and "dist" not in path.parts]
    assert sorted(str(path.relative_to(made)) for path in files) == [
        "README.md",
        "pyproject.toml",
        "src/andon_boiler_feed/__init__.py",
        "src/andon_boiler_feed/andon-plugin.toml",
        "src/andon_boiler_feed/contract.py",
        "src/andon_boiler_feed/lines.py",
        "src/andon_boiler_feed/plugin.py",
        "src/andon_boiler_feed/py.typed",
        "tests/test_boiler_feed.py",
        "tests/test_conformance.py",
        "tests/test_lines.py",
    ]
    assert [path for path in files if "template" in path.read_text().lower()] == []
    assert 'title="Watch a boiler feed pump"' in (made / "src/andon_boiler_feed/plugin.py").read_text()


def test_the_template_keeps_to_the_rules_of_this_house():
    done = subprocess.run(
        [sys.executable, "-m", "ruff", "check", "plugins/_template"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


def test_findings_are_told_and_nothing_else_is_run(plain, capfd):
    contract = plain / "src/andon_boiler_feed/contract.py"
    contract.write_text(contract.read_text().replace('"rpm"', '"-"'))
    (plain / "tests/test_boiler_feed.py").write_text("1 / 0\n")
    assert main(["check", str(plain)]) == 1
    said = capfd.readouterr().out
    assert said.startswith(
        "✗ contracts: contract boiler-feed, signal speed\n    '-' is no unit.\n    Fix: Name it as in "
    )
    assert said.endswith("\n\n1 finding.\n")


def test_failing_tests_of_its_own_are_findings_and_reach_no_network(plain, capfd):
    (plain / "tests/test_conformance.py").unlink()
    (plain / "tests/test_boiler_feed.py").write_text(
        "import socket\n\ndef test_out():\n    socket.create_connection(('192.0.2.1', 80), 0.1)\n"
    )
    assert main(["check", str(plain), "--json"]) == 1
    [finding] = json.loads(capfd.readouterr().out)
    assert (finding["check"], finding["where"]) == ("tests", "tests")
    assert "NetworkUsed: it reached for the host 192.0.2.1. Tests run without a network" in finding["what"]


@pytest.mark.parametrize(
    ("code", "what"),
    [
        ("while True: pass", "It was ended after 2 s, or for its memory."),
        ("import os; os._exit(3)", "It ended Python (3)."),
        ("import sys; print('{\"end\": true}'); sys.exit(0)", "It ended Python (0)."),
    ],
    ids=["hangs", "exits", "lies"],
)
def test_a_plugin_that_takes_the_process_down_is_a_finding(project, code, what):
    (project / "src/andon_boiler_feed/plugin.py").write_text(code)
    [finding] = examined(project, seconds=2.0)
    assert (finding.check, finding.what) == ("loading", what)


def test_a_plugin_that_cannot_be_imported_says_why(project):
    (project / "src/andon_boiler_feed/plugin.py").write_text("import no_such_library")
    [finding] = examined(project)
    assert finding.what.endswith("cannot be imported: No module named 'no_such_library'")


def test_a_built_wheel_holds_the_package_and_is_fit_to_be_signed(built):
    found = inspect(built, [])
    assert isinstance(found, Inspected)
    assert (found.state, found.entry_points) == (State.UNSIGNED, (("boiler-feed", "andon_boiler_feed.plugin"),))
    assert found.manifest is not None
    assert found.manifest.title == "Boiler feed pump"
    names = {name.split("/")[0] for name in zipfile.ZipFile(built).namelist()}
    assert names == {"andon_boiler_feed", "andon_boiler_feed-0.1.0.dist-info"}


def test_the_same_sources_give_the_same_bytes_and_nothing_lies_about(made, built):
    before = inspect(built, []).digest
    (made / "build").mkdir()
    (made / "build/left.py").write_text("")
    assert main(["build", str(made)]) == 0
    assert inspect(built, []).digest == before
    assert not list(made.rglob("*.egg-info"))


def test_keys_sign_and_inspect(built, tmp_path, capfd):
    wheel = Path(shutil.copy(built, tmp_path))
    assert main(["keys", str(tmp_path / "keys")]) == 0
    private, public = tmp_path / "keys/andon-plugin.key", tmp_path / "keys/andon-plugin.pub"
    assert private.stat().st_mode & 0o077 == 0
    assert main(["sign", str(wheel), "--key", str(private)]) == 0
    capfd.readouterr()
    assert main(["inspect", str(wheel), "--trust", str(public), "--json"]) == 0
    assert json.loads(capfd.readouterr().out)["state"] == "signed"
    assert main(["inspect", str(wheel)]) == 0
    assert capfd.readouterr().out.startswith(f"{wheel}: unsigned\n    It is signed by a key that is not trusted here")
    wheel.write_bytes(wheel.read_bytes()[:-1] + b"x")
    assert main(["inspect", str(wheel), "--trust", str(public)]) == 1


def test_settings_of_a_manifest_become_a_form_in_the_wheel(plain, capfd):
    package = plain / "src/andon_boiler_feed"
    manifest = package / "andon-plugin.toml"
    manifest.write_text(manifest.read_text() + 'settings = "andon_boiler_feed.lines:LinesSettings"\n')
    assert main(["check", str(plain), "--no-tests"]) == 1
    assert "settings and the file andon-settings.json belong together" in capfd.readouterr().out
    assert main(["build", str(plain)]) == 0
    [wheel] = (plain / "dist").glob("*.whl")
    found = inspect(wheel, []).manifest
    assert found is not None
    assert found.settings is not None
    assert (list(found.settings["properties"]), found.secrets) == (["host", "port", "token"], ("token",))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["new", "Boiler", "--title", "B"], "'Boiler' cannot be a plugin's name"),
        (["new", "sdk", "--title", "B"], "'sdk' cannot be a plugin's name"),
        (["new", "andon-boiler", "--title", 'B"; x'], "cannot be a title: at most 80 letters"),
        (["check", "/nowhere"], "/nowhere has no pyproject.toml"),
        (["build", "/nowhere"], "/nowhere has no pyproject.toml"),
        (["sign", "/nowhere.whl", "--key", "/nowhere.key"], "There is no wheel /nowhere.whl: build it first"),
        (["inspect", __file__, "--trust", __file__], "is no public key in PEM"),
    ],
)
def test_what_cannot_be_done_is_said(arguments, said, tmp_path, monkeypatch, capfd):
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == 2
    assert said in capfd.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_written_over(project, tmp_path, capfd):
    assert main(["new", "boiler-feed", "--title", "B", "--into", str(tmp_path)]) == 2
    assert "is there already" in capfd.readouterr().err
    assert main(["keys", str(tmp_path)]) == 0
    before = (tmp_path / "andon-plugin.key").read_bytes()
    assert main(["keys", str(tmp_path)]) == 2
    assert (tmp_path / "andon-plugin.key").read_bytes() == before


def test_a_wheel_that_cannot_be_built_says_what_the_builder_says(project, capfd):
    (project / "pyproject.toml").write_text("[project]\nname = 7\n")
    assert main(["build", str(project)]) == 2
    assert "The wheel cannot be built:" in capfd.readouterr().err
