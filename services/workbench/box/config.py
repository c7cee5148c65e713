"""What a workbench's box was given. Standard library only."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from services.enclaves.box.config import ENCLAVE, HOME

MEMBER_HOME = Path("/home/member")
"""The member's files: they stay when the box goes."""
CONFIG = ENCLAVE / "workbench.json"
LAB_LOG = HOME / "lab.log"
MEMBER = "ANDON_MEMBER"
"""Variable: the member's name, which JupyterLab shows."""
TOKEN = "ANDON_LAB_TOKEN"  # noqa: S105  the variable's name
"""Variable of JupyterLab alone: what it lets in."""
GATEWAY_PORT, LAB_PORT = 8700, 8888


@dataclass(frozen=True, slots=True)
class WorkbenchConfig:
    url: str
    """Of the gateway, as the box reaches it."""
    portal: str
    """The portal, as the member's browser reaches it."""
    key: str
    """An API key of the member's, good until the workbench stops."""
    token: str
    """JupyterLab's, of this start."""
    member: str
    """Their name."""
    start: int
    """How many starts there were."""

    @classmethod
    def load(cls, path: Path = CONFIG) -> Self:
        """Raises `FileNotFoundError` outside a box, `TypeError` when the file is another version's."""
        return cls(**json.loads(path.read_text()))
