"""Imports flow downhill: the contracts in `pyproject.toml`, judged by import-linter."""

from importlinter.cli import lint_imports


def test_import_contracts_are_kept(capsys):
    assert lint_imports(no_cache=True) == 0, capsys.readouterr().out
