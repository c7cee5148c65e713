"""The environment that trains, as it is recorded in every pack: the one that serves must be the same."""

import platform
from importlib.metadata import version


def environment(plugin: str) -> dict[str, str]:
    """Versions by name of what can change a model's numbers. `plugin` is the distribution of the blueprint."""
    names = ("torch", "numpy", "safetensors", "andon", "andon-sdk", plugin)
    return {"python": platform.python_version()} | {name: version(name) for name in names}
