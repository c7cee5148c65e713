"""What a pack says of the environment that trained it."""

import platform
from importlib.metadata import version

from services.training.cluster.environment import environment


def test_it_names_what_the_plugin_asks_for():
    found = environment("andon-any-machine")
    ours = {"python", "torch", "numpy", "safetensors", "andon", "andon-sdk", "andon-any-machine"}
    assert set(found) == ours | {"lightgbm"}
    assert found["lightgbm"] == version("lightgbm")
    assert found["python"] == platform.python_version()
