"""Environments that plugins have of their own, made of wheels in a folder that stands for an index."""

from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
from layered_wheels import ASKS, NAME, PLUGIN, index, plugin, wheel

from infra import packages
from infra.local.state import State
from services.blueprints import api as blueprints
from services.plugins import host
from services.plugins.contracts import PackageState
from services.plugins.environments import Environments, OwnEnvironment, clashes, engine
from services.plugins.errors import PackageRefused, PluginClashes

TALLIES = {"tally-core": "2.0", "tallyho": "1.5"}


@pytest.fixture(autouse=True)
def indexed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """pip is set up with a folder, and no network."""
    folder = index(tmp_path / "index")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return folder


@pytest.fixture
def state(tmp_path: Path) -> Iterator[State]:
    before, state = host.hosting(), State(tmp_path / "home")
    (state.folder("plugins") / "declared").symlink_to(before.folder / "declared")
    yield state
    host.use(before.folder)


def test_it_holds_what_is_missing_and_what_is_there_in_another_version(tmp_path: Path) -> None:
    kept = Environments(tmp_path)
    made = kept.make(NAME, [*ASKS, "tally-core ; extra == 'docs'"])
    assert made is not None
    assert (made.added, made.replaced) == (TALLIES, {"webcolors": "1.0"})
    assert sorted(made.wheels) == [
        "tally_core-2.0-py3-none-any.whl",
        "tallyho-1.5-py3-none-any.whl",
        "webcolors-1.0-py3-none-any.whl",
    ]
    folder = Path(kept.path(made.key))
    assert (folder / "tallyho.py").read_text() == "VERSION = '1.5'\n"
    assert not (folder / "torch").exists()
    assert kept.make(NAME, ASKS) == made
    assert kept.is_intact(made.key)
    (folder / "evil.py").write_text("")
    assert not kept.is_intact(made.key)
    kept.drop(made.key)
    assert kept.get(made.key) is None
    assert not folder.exists()
    assert not list((tmp_path / "wheels").iterdir())


def test_nothing_is_made_where_all_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "nowhere"))
    assert Environments(tmp_path).make(NAME, ["torch>=2", "ray[serve]", "gone; python_version < '3'"]) is None
    assert not (tmp_path / "wheels").exists()


@pytest.mark.parametrize(
    ("asks", "said"),
    [
        ("torch<2", "asks for torch<2; clusters run with torch 2"),
        ("old-torch", "cannot be had: .*old-torch 1.0 depends on torch<2"),
        ("nobody-has-it", "cannot be had: .*nobody-has-it"),
        ("sourced", "cannot be had: .*sourced"),
        ("tallyho>=2", "cannot be had: .*tallyho>=2"),
        ("stands-in", "brings the module numpy: Andon's own environment has another one"),
        ("tallyho @ https://example.com/tallyho.whl", "asks for tallyho at an address, https://example.com/"),
        ("-r /etc/passwd", "which no requirement is"),
    ],
)
def test_what_cannot_be_had_is_refused(tmp_path: Path, asks: str, said: str) -> None:
    kept = tmp_path / "kept"
    with pytest.raises(PackageRefused, match=said):
        Environments(kept).make(NAME, [asks])
    assert not list((kept / "environments").glob("[!.]*"))


def test_clusters_are_made_of_these() -> None:
    assert {"torch", "ray", "numpy", "pyarrow", "pydantic", "starlette", "protobuf", "cffi", "sympy"} <= set(engine())
    assert not {"webcolors", "scikit-learn", "lightgbm", "scipy"} & set(engine())


def test_two_that_add_a_package_in_two_versions_clash() -> None:
    one = OwnEnvironment("a", "", {"tallyho": "1.5"}, {"webcolors": "1.0"}, {})
    other = OwnEnvironment("b", "", {"tallyho": "0.9"}, {"webcolors": "1.1"}, {})
    assert list(clashes({"andon-a": one, "andon-b": other})) == [("andon-b", "andon-a", "tallyho 0.9 and 1.5")]
    assert list(clashes({"andon-a": one, "andon-b": one})) == []


def test_a_plugin_is_added_with_its_environment(state: State, indexed: Path, tmp_path: Path) -> None:
    package, declared = packages.add(state, plugin(tmp_path), unsigned=True)
    assert [each.key for each in declared.hooks["blueprints"]] == ["layered-watch"]
    kept = packages.catalogue(state)
    environments = Environments(kept.folder)
    assert package.environment is not None
    assert kept.packages() == [package]
    installation = kept.installation(package)
    assert installation.environment == environments.path(package.environment)
    assert kept.state_of(package)[0] is PackageState.UNSIGNED
    (Path(installation.environment) / "tallyho.py").write_text("VERSION = '6'\n")
    (Path(installation.environment) / "more.py").write_text("")
    assert kept.state_of(package) == (
        PackageState.MODIFIED,
        ("The packages that it needs are not those that were added. Remove it and add the wheel again.",),
    )
    packages.remove(state, NAME, "1.0")
    assert environments.get(package.environment) is None
    wheel(indexed, "tallyho", "1.6", {"tallyho.py": "VERSION = '1.6'\n"})
    again, declared = packages.add(state, plugin(tmp_path), unsigned=True)
    assert again.environment != package.environment
    assert declared.plugin.environment == environments.path(again.environment or "")
    assert packages.own_packages(state, again) == {"tallyho": "1.6", "webcolors": "1.0"}


@pytest.mark.platform
async def test_two_that_clash_are_not_enabled_together(
    platform: Any, tenant: Any, principal: Any, state: State, tmp_path: Path
) -> None:
    ground, other = platform.platform.ground, PLUGIN.replace("layered-watch", "other-watch")
    packages.add(state, plugin(tmp_path / "one", requires=["tallyho<1"]), unsigned=True)
    packages.add(state, plugin(tmp_path / "two", other, ["tallyho>1"], "andon-other"), unsigned=True)
    async with platform.unit(tenant) as uow:
        await blueprints.enable_plugin(uow, principal, ground, NAME, None)
        with pytest.raises(PluginClashes, match=r"andon-other and andon-layered add tallyho 1.5 and 0.9") as caught:
            await blueprints.enable_plugin(uow, principal, ground, "andon-other", None)
        assert caught.value.facts == {"plugin": "andon-other"}


LOADS = PLUGIN.replace("import tallyho\n", "import tallyho\nimport webcolors\nassert webcolors.VERSION == '1.0'\n")
OURS = 'Estimator("layered-watch", "Layered watch", "1", None, fit, score, stacked=False)'
MODULE = PLUGIN.replace(OURS, 'Blueprint("layered-watch", "Layered watch", "1", None, fit, score, score)').replace(
    "import Estimator", "import Blueprint"
)


def test_other_versions_are_for_fitting_only(state: State, tmp_path: Path) -> None:
    for source, said in (
        (LOADS, "and cannot be loaded with these, as it must where models serve: .*no attribute .VERSION"),
        (MODULE, "Its blueprint layered-watch is a module, whose code runs where models serve"),
    ):
        with pytest.raises(PackageRefused, match=said) as caught:
            packages.add(state, plugin(tmp_path, source), unsigned=True)
        assert f"asks for other versions than webcolors {version('webcolors')}" in str(caught.value)
        kept = packages.catalogue(state)
        assert kept.packages() == []
        assert not list((kept.folder / "packages").iterdir())
        assert not list((kept.folder / "environments").glob("[!.]*"))
    _, declared = packages.add(state, plugin(tmp_path, MODULE, ["torch", "tallyho"]), unsigned=True)
    assert [each.key for each in declared.hooks["blueprints"]] == ["layered-watch"]
