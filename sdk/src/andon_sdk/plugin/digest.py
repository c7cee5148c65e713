"""What a distribution's files are, in one number."""

import hashlib
from importlib.metadata import Distribution
from importlib.util import find_spec
from pathlib import Path


def digest_of(distribution: Distribution) -> str:
    """SHA-256 over the names and bytes of the distribution's own files, in order of name.

    An editable installation lists no sources among its files: there, those of the packages its entry points name.
    """
    found = {str(file): Path(str(file.locate())) for file in distribution.files or () if _counts(str(file))}
    if not found:
        found = _sources(distribution)
    total = hashlib.sha256()
    for name in sorted(found):
        content = hashlib.sha256(found[name].read_bytes()).hexdigest()
        total.update(f"{name}\0{content}\n".encode())
    return total.hexdigest()


def _counts(name: str) -> bool:
    """Byte code and the installer's records change from machine to machine, and an editable finder is a path."""
    skipped = ".dist-info/" in name or "__pycache__" in name or name.startswith(("__editable__", "../"))
    return not skipped and not name.endswith(".pyc")


def _sources(distribution: Distribution) -> dict[str, Path]:
    found: dict[str, Path] = {}
    for package in sorted({entry_point.module.split(".")[0] for entry_point in distribution.entry_points}):
        spec = find_spec(package)
        for root in (spec.submodule_search_locations if spec else None) or ():
            for path in Path(root).rglob("*"):
                name = f"{package}/{path.relative_to(root).as_posix()}"
                if path.is_file() and _counts(name):
                    found[name] = path
    return found
