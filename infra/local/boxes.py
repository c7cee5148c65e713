"""Boxes of this machine (first: none)."""

from uuid import UUID

from infra.local.state import State
from services.enclaves.contracts import ClusterKind, ClusterState
from services.enclaves.provisioner import BoxSpec, BoxStatus


class Boxes:
    def __init__(self, state: State) -> None:
        self._state = state

    async def want(self, spec: BoxSpec) -> None: ...
    async def release(self, tenant: UUID, kind: ClusterKind) -> None: ...

    def status(self, tenant: UUID, kind: ClusterKind) -> BoxStatus:
        return BoxStatus(ClusterState.STOPPED, "")
