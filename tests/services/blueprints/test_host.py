"""Plugins as distributions on the path: found, checked, digested."""

import sys
from collections.abc import Callable, Iterator
from importlib.metadata import distribution
from pathlib import Path

import presses
import pytest

from andon_sdk.plugin import AlarmRule
from andon_sdk.plugin.loading import PluginError, find, load
from infra.local import box
from services.blueprints import declared, host
from services.blueprints.errors import PluginBroken
from services.enclaves.box.config import LEFT_OUT, PATHS
from services.enclaves.contracts import ClusterKind
from services.enclaves.model import LIMITS
from services.plugins.contracts import Declared, Installation
from services.plugins.errors import PluginClashes

HEAD = "from andon_sdk.plugin import AlarmRule, Blueprint, Contract, Signal, hook\n"

Install = Callable[[str, str], None]


@pytest.fixture
def install(tmp_path: Path) -> Iterator[Install]:
    """Puts a plugin of that module name and source on the path, for one test."""
    before = set(sys.modules)
    folders: list[str] = []

    def put(module: str, source: str) -> None:
        folder = presses.write_distribution(tmp_path / module, module.replace("_", "-"), module, HEAD + source)
        sys.path.insert(0, str(folder))
        folders.append(str(folder))

    yield put
    for folder in folders:
        sys.path.remove(folder)
    for name in {name for name in set(sys.modules) - before if name.startswith("plug_")}:  # no torch: it loads once
        del sys.modules[name]


def of(*names: str) -> list:
    return [(found, entry) for found, entry in find() if found.name in names]


def test_a_plugin_is_found_and_asked(install: Install) -> None:
    install(
        "plug_good", "@hook\ndef contracts():\n    return [Contract('c', 'C', (Signal('a', 'A', 'm', 0, 1),), 1)]\n"
    )
    found = host.host(load(of("plug-good")))
    assert list(found.contracts) == ["c"]
    assert found.plugins["plug-good"].version == "1.0"
    assert found.blueprints == {}


def test_a_misspelt_hook_names_plugin_and_hook(install: Install) -> None:
    install("plug_misspelt", "@hook\ndef blueprnts():\n    return []\n")
    with pytest.raises(PluginError) as caught:
        load(of("plug-misspelt"))
    assert (caught.value.plugin, caught.value.hook) == ("plug-misspelt", "blueprnts")
    assert str(caught.value).startswith("plugin plug-misspelt: blueprnts is not a hook")


def test_a_misspelt_hook_stops_the_process_at_start(install: Install) -> None:
    install("plug_misspelt_too", "@hook\ndef contract():\n    return []\n")
    host.installed.cache_clear()
    try:
        with pytest.raises(PluginBroken) as caught:
            host.installed()
    finally:
        host.installed.cache_clear()
    assert caught.value.facts == {"plugin": "plug-misspelt-too", "hook": "contract"}


@pytest.mark.parametrize(
    ("source", "hook", "words"),
    [
        ("import not_there_at_all\n", None, "cannot be imported"),
        ("@hook\ndef contracts():\n    raise RuntimeError('no')\n", "contracts", "hook contracts raised: no"),
        ("@hook\ndef contracts(session):\n    return []\n", "contracts", "contracts is not a hook as the SDK knows it"),
    ],
)
def test_what_a_plugin_can_do_wrong(install: Install, source: str, hook: str | None, words: str) -> None:
    module = f"plug_wrong_{abs(hash(source)) % 10**9}"
    install(module, source)
    with pytest.raises(PluginError, match=words) as caught:
        host.host(load(of(module.replace("_", "-"))))
    assert caught.value.hook == hook


def test_a_key_offered_twice_is_refused(install: Install) -> None:
    rule = "@hook\ndef alarm_rules():\n    return [AlarmRule('r', 'R', 'twice')]\n"
    install("plug_first", rule)
    install("plug_second", rule)
    with pytest.raises(PluginBroken, match="plugin plug-second: hook alarm_rules offers “twice”"):
        host.host(load(of("plug-first", "plug-second")))


def test_a_box_loads_what_its_tenant_uses_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As the command of a box says it: packages that were enabled are on the path, what was disabled is left out."""
    rule = HEAD + "@hook\ndef alarm_rules():\n    return [AlarmRule('r', 'R', 'boxed')]\n"
    folder = str(presses.write_distribution(tmp_path / "files", "plug-boxed", "plug_boxed", rule))
    command = box.command(tmp_path, LIMITS[ClusterKind.TRAINING], [folder], ["andon-gas-turbine"])
    place = command.index(folder)
    assert command[place - 1 : place + 2] == ["--ro-bind", folder, folder]
    told = {command[at + 1]: command[at + 2] for at, part in enumerate(command) if part == "--setenv"}
    monkeypatch.setattr(sys, "path", list(sys.path))
    for name in (PATHS, LEFT_OUT):
        monkeypatch.setenv(name, told[name])
    host.installed.cache_clear()
    try:
        found = host.installed()
    finally:
        host.installed.cache_clear()
        sys.modules.pop("plug_boxed", None)
    assert found.alarm_rules["boxed"].key == "r"
    assert "andon-gas-turbine" not in found.plugins
    assert {"plug-boxed", "andon-laser-drill"} <= set(found.plugins)


def test_the_digest_follows_the_files(tmp_path: Path) -> None:
    digests = []
    for source in ("a = 1\n", "a = 1\n", "a = 2\n"):
        folder = presses.write_distribution(tmp_path / str(len(digests)), "plug-digest", "plug_digest", source)
        sys.path.insert(0, str(folder))
        digests.append(host.digest_of(distribution("plug-digest")))
        sys.path.remove(str(folder))
    assert digests[0] == digests[1] != digests[2]
    assert len(digests[0]) == 64


def test_two_plugins_of_a_tenant_with_one_key_are_told_and_one_is_used() -> None:
    rule = {"alarm_rules": (AlarmRule("r", "R", "shared"),)}
    first, second = (Declared(Installation(f"acme-{n}", "1", f"digest of {n}", (), ()), rule) for n in ("a", "b"))
    with pytest.raises(PluginClashes, match=r"plugin acme-b: hook alarm_rules offers “shared”.* Disable") as caught:
        declared.check_together([first, second])
    assert caught.value.facts == {"plugin": "acme-b", "hook": "alarm_rules"}
    assert list(declared.together((first, second)).plugins) == ["acme-a"]
