"""The partner's guide is built: its files become a distribution, which is installed, loaded and tested."""

import importlib
import re
import shutil
import subprocess
import sys
import venv
from importlib.metadata import Distribution, distributions
from pathlib import Path
from site import getsitepackages

import pytest

from andon_sdk.plugin.loading import PluginError, ask, load
from andon_sdk.testing import CHECKS, Subject, examine
from services.blueprints.host import host

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs/how-to/partner.md").read_text("utf-8")
STEPS = re.search(r"^## In five minutes\n.*?^```bash\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
FILES = dict(re.findall(r"^`([\w./-]+)`:\n\n```\w+\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL))


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """Folder into which pip installed the example, on the path while the tests of this module run."""
    project, site = tmp_path_factory.mktemp("andon-pump"), tmp_path_factory.mktemp("site")
    for name, content in FILES.items():
        (project / name).parent.mkdir(parents=True, exist_ok=True)
        (project / name).write_text(content)
    offline = ("--no-deps", "--no-index", "--no-build-isolation", "--disable-pip-version-check", "--quiet")
    subprocess.run(
        [sys.executable, "-m", "pip", "install", *offline, "--target", str(site), str(project)],
        check=True,
        capture_output=True,
        timeout=120,
    )
    sys.path.insert(0, str(site))
    importlib.invalidate_caches()
    yield project, site
    sys.path.remove(str(site))
    for name in [name for name in sys.modules if name.partition(".")[0] == "andon_pump"]:
        del sys.modules[name]


def found(site: Path) -> tuple[Distribution, object]:
    [distribution] = distributions(path=[str(site)])
    [entry_point] = distribution.entry_points.select(group="andon.plugins.v1")
    return distribution, entry_point


@pytest.fixture(scope="module")
def partner(tmp_path_factory):
    """Programs of a new environment that holds the SDK's wheel and nothing of this project.

    Libraries from elsewhere are seen through a path file, which does not lead to what is installed for editing.
    """
    folder = tmp_path_factory.mktemp("partner")
    shutil.copytree(ROOT / "sdk", folder / "sdk", ignore=shutil.ignore_patterns("build", "*.egg-info", "__pycache__"))
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]
    offline = ["--no-deps", "--no-index"]
    build = [*pip, "wheel", *offline, "--no-build-isolation", "--wheel-dir", folder / "wheels", folder / "sdk"]
    subprocess.run(build, check=True, capture_output=True, timeout=120)
    [wheel] = (folder / "wheels").glob("*.whl")
    venv.create(folder / "venv", with_pip=False, symlinks=True)
    programs = folder / "venv/bin"
    install = [sys.executable, "-m", "pip", "--python", programs / "python", "--quiet", "install", *offline, wheel]
    subprocess.run(install, check=True, capture_output=True, timeout=120)
    [site] = (folder / "venv/lib").glob("python*/site-packages")
    (site / "libraries.pth").write_text("\n".join(getsitepackages()) + "\n")
    return programs


def test_five_minutes_with_nothing_but_the_sdk(partner, tmp_path):
    assert STEPS is not None
    done = subprocess.run(
        [
            "bash",
            "-euo",
            "pipefail",
            "-c",
            f"cd {tmp_path}\n{STEPS[1]}python -c 'import andon_sdk; print(andon_sdk.__file__)'",
        ],
        env={"PATH": f"{partner}:/usr/bin:/bin", "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    said = done.stdout.splitlines()
    assert said[0] == "andon-boiler-feed is a plugin that works. Next:"
    assert "✓ 15 checks passed, and its own tests." in said
    assert "dist/andon_boiler_feed-0.1.0-py3-none-any.whl: unsigned" in said
    assert said[-4:-1] == [
        "dist/andon_boiler_feed-0.1.0-py3-none-any.whl: signed",
        "    Boiler feed pump: Boiler feed pump: contract, blueprint, alarm rule and a connector for JSON lines.",
        "    offers alarm_rules, blueprints, connectors, contracts; reaches no host",
    ]
    assert Path(said[-1]).is_relative_to(partner.parent)


def test_the_page_has_all_files_of_the_shape_it_shows():
    shape = re.search(r"^andon-pump/\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    assert shape is not None
    assert sorted(shape[1].split()) == sorted(FILES)


def test_it_is_found_and_loaded_as_at_start(installed):
    _, site = installed
    [plugin] = load([found(site)])
    assert plugin.distribution.name == "andon-pump"
    offered = host([plugin])
    assert list(offered.contracts) == ["pump-station"]
    assert list(offered.blueprints) == ["pump-station-watch"]
    assert list(offered.alarm_rules) == ["pump-station"]
    assert ask(plugin, "demo_plants") == []
    assert len(offered.plugins["andon-pump"].digest) == 64


def test_it_is_found_beside_the_plugins_that_are_installed(installed):
    everything = host(load())
    assert {"pump-station-watch", "laser-drill-watch", "water-loop-watch"} <= set(everything.blueprints)


def test_its_blueprint_can_be_stacked_by_the_fleet(installed):
    from services.fleet.stack import Stack

    _, site = installed
    [blueprint] = ask(load([found(site)])[0], "blueprints")
    assert Stack.of(blueprint, 4).history == 1


def test_the_plugin_of_the_page_conforms(installed):
    subject = Subject(found(installed[1])[0])
    assert [str(finding) for check in CHECKS for finding in examine(subject, check)] == []


def test_its_own_tests_pass(installed):
    project, site = installed
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests"],
        cwd=project,
        env={"PYTHONPATH": str(site), "PATH": "/usr/bin:/bin", "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "4 passed" in done.stdout


def test_a_misspelt_hook_of_it_would_be_named(installed, monkeypatch):
    from andon_pump import plugin

    _, site = installed
    monkeypatch.setattr(plugin, "alarm_rule", plugin.alarm_rules, raising=False)
    with pytest.raises(PluginError, match="alarm_rule is not a hook") as caught:
        load([found(site)])
    assert (caught.value.plugin, caught.value.hook) == ("andon-pump", "alarm_rule")
