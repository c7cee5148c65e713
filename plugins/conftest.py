"""The template is not installed here; tests/sdk/command makes a plugin of it and runs that plugin's tests."""

collect_ignore = ["_template"]
