"""What files are, in one number. Imports no database: the clusters use it too."""

import hashlib
from pathlib import Path

from andon_sdk.plugin.digest import digest_of

__all__ = ["digest_of", "tree_digest"]


def tree_digest(folder: Path) -> str:
    """SHA-256 over the names and bytes of all files in a folder, in order of name. A link counts as what it says."""
    total = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_symlink():
            total.update(f"{path.relative_to(folder)}\0link {path.readlink()}\n".encode())
        elif path.is_file():
            content = hashlib.sha256(path.read_bytes()).hexdigest()
            total.update(f"{path.relative_to(folder)}\0{content}\n".encode())
    return total.hexdigest()
