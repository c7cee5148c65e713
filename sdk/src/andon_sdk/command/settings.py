"""A plugin's settings model as the JSON Schema that stands in its wheel: `python -m andon_sdk.command.settings NAME`.

In a process of its own, since it imports the plugin.
"""

import importlib
import json
import sys
from typing import Any


def settings_model(named: str) -> Any:
    """The pydantic model that `module:Class` names."""
    module, _, name = named.partition(":")
    return getattr(importlib.import_module(module), name)


if __name__ == "__main__":
    print(json.dumps(settings_model(sys.argv[1]).model_json_schema(), indent=2, ensure_ascii=False))
