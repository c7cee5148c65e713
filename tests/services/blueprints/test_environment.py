"""What a pack says of the environment that trained it, and what is held against it."""

import platform
from dataclasses import replace
from importlib.metadata import version
from typing import Any

import pytest

from andon_sdk.link.environment import Lock
from services.blueprints.contracts import OfferedBlueprint, PluginInfo
from services.blueprints.environment import differences_of, environment, refusal
from services.blueprints.host import installed

PLUGIN, DIGEST = "andon-any-machine", "ab" * 32


def test_it_names_what_the_plugin_asks_for_and_what_that_asks_for():
    found = Lock.of(environment(PLUGIN))
    assert set(found.packages) >= {"torch", "numpy", "safetensors", "andon", "andon-sdk", PLUGIN, "lightgbm", "scipy"}
    assert found.packages["scipy"] == version("scipy")  # lightgbm asks for it
    assert found.python == platform.python_version()
    assert set(found.asked) == {"andon-sdk", "lightgbm", "numpy", "torch"}
    assert set(found.files) == {PLUGIN, "andon-sdk"}
    assert set(found.processor) >= {"machine", "capability"}


def test_a_process_that_does_not_compute_leaves_the_processor_out():
    assert Lock.of(environment(PLUGIN, processor=False)).processor == {}


def made(**changed: str | None) -> dict[str, Any]:
    """Facts of a pack that was made here, but for these."""
    kept = {**environment(PLUGIN), **{name.replace("_", "-"): said for name, said in changed.items()}}
    return {
        "environment": {name: said for name, said in kept.items() if said is not None},
        "plugin": {"name": PLUGIN, "digest": DIGEST},
    }


def test_what_differs_from_here_is_named():
    assert differences_of(made(), PLUGIN, DIGEST) == ()
    here = environment(PLUGIN)
    facts = made(lightgbm=None, torch="1.0", filelock="1.0", andon="0.0.9")
    assert differences_of(facts, PLUGIN, "cd" * 32) == (
        "files of andon-any-machine abababababab, here cdcdcdcdcdcd",
        f"lightgbm none, here {here['lightgbm']}",
        f"torch 1.0, here {here['torch']}",
        f"andon 0.0.9, here {here['andon']}",
    )


def offered(key: str) -> OfferedBlueprint:
    """A recipe of the plugin, as offered here by files with that digest."""
    return replace(installed().blueprints[key], plugin=PluginInfo(PLUGIN, "0.1.0", DIGEST))


@pytest.mark.parametrize("key", ["any-machine-watch", "any-machine-trees"])
def test_what_was_made_here_may_be_served(key: str):
    assert refusal(made(), offered(key)) is None
    assert refusal({"environment": {"torch": version("torch")}}, offered(key)) is None  # an older pack


def test_it_is_refused_with_what_mends_it():
    told = environment(PLUGIN)
    facts = made(torch="1.9.0", **{"processor:capability": "NEON"})
    assert refusal(facts, offered("any-machine-watch")) == (
        f"The processor's instructions: NEON where it was made, {told['processor:capability']} here. Sums are added in "
        f"another order. It was made with torch 1.9.0; {version('torch')} may give other numbers. "
        'Train it again, or on the host: pip install "torch==1.9.0"'
    )
    facts = {"environment": {"python": "3.1.0", "torch": "1.9.0", "numpy": "1.0"}, "plugin": {"digest": "cd" * 32}}
    assert (refusal(facts, offered("any-machine-trees")) or "").endswith(
        'And 1 more. Train it again, or on the host: pip install "numpy==1.0" "torch==1.9.0"'
    )


def test_what_fits_need_not_be_where_arrays_are_served():
    facts = made(lightgbm="1.0")
    assert refusal(facts, offered("any-machine-trees")) is None
    assert refusal(facts, offered("any-machine-watch")) == (
        f"It was made with lightgbm 1.0; {version('lightgbm')} may give other numbers. "
        'Train it again, or on the host: pip install "lightgbm==1.0"'
    )
