"""The address that a visit begins at."""

from dataclasses import dataclass
from urllib.parse import quote

from gateway.workbench.addresses import Addresses
from gateway.workbench.seals import TICKET, Seals
from services.kernel.ids import TenantId
from services.workbench.contracts import Visit

ENTER = "/.andon/enter"


@dataclass(frozen=True, slots=True)
class Links:
    addresses: Addresses
    seals: Seals

    @classmethod
    def of(cls, secret: bytes, url: str | None) -> "Links":
        return cls(Addresses(url), Seals(secret))

    def enter(self, tenant: TenantId, visit: Visit, host: str) -> str:
        """For a browser that has the portal at `host`. Raises `WorkbenchAddressMissing`."""
        ticket = quote(self.seals.close(TICKET, tenant, visit.id))
        return f"{self.addresses.origin(visit.workbench_id, host)}{ENTER}?ticket={ticket}"
