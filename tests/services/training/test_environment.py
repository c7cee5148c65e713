"""What a pack says of the environment that trained it."""

import platform
from importlib.metadata import version

from services.training.cluster.environment import differences_of, environment


def test_it_names_what_the_plugin_asks_for():
    found = environment("andon-any-machine")
    ours = {"python", "torch", "numpy", "safetensors", "andon", "andon-sdk", "andon-any-machine"}
    assert set(found) == ours | {"lightgbm"}
    assert found["lightgbm"] == version("lightgbm")
    assert found["python"] == platform.python_version()


def test_what_differs_from_here_is_named():
    here = {**environment("andon-any-machine")}
    facts = {"environment": here, "plugin": {"name": "andon-any-machine", "digest": "ab" * 32}}
    assert differences_of(facts, "andon-any-machine", "ab" * 32) == ()
    other = {name: found for name, found in here.items() if name != "lightgbm"} | {"torch": "1.0", "extra": "2"}
    assert differences_of(facts | {"environment": other}, "andon-any-machine", "cd" * 32) == (
        "files of andon-any-machine abababababab, here cdcdcdcdcdcd",
        "extra 2, here none",
        f"lightgbm none, here {here['lightgbm']}",
        f"torch 1.0, here {here['torch']}",
    )
