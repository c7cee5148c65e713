"""`andon tenant rotate`: a tenant's inner credentials are exchanged while rows come in."""

import asyncio
from collections.abc import Callable
from dataclasses import replace

from infra.bootstrap import open_platform
from infra.deleting import find
from infra.local.state import State
from infra.settings import Settings
from services.enclaves import api as enclaves
from services.enclaves.model import CREDENTIAL_FRESH_S
from services.kernel.acting import acts, doing
from services.kernel.errors import TenantBeingDeleted
from services.kernel.rights import system_principal

_OVERLAP_S = CREDENTIAL_FRESH_S + 5.0


async def rotate(
    settings: Settings,
    state: State,
    slug: str,
    asked_by: str,
    tell: Callable[[str], None],
    *,
    devices: bool = False,
    overlap_s: float = _OVERLAP_S,
) -> None:
    """Returns when no former credential opens anything any more, `overlap_s` after the new ones are good. Said again
    after it was killed, it begins anew and loses nothing.

    Raises `TenantNotFound`, `TenantBeingDeleted`, `EnclaveMissing`, `ProvisioningFailed`, `SecretUnreadable`.
    """
    id, begun = await find(settings, state, slug)
    if begun:
        raise TenantBeingDeleted(
            f"The deletion of {slug} has begun and cannot be undone: `andon tenant delete {slug}`."
        )
    async with open_platform(settings, state) as platform:
        acts(replace(system_principal(id), name=f"{asked_by}, platform operator"))
        with doing("enclaves.rotate"):
            await enclaves.begin_rotation(platform, id, devices=devices)
            tell("the new credentials are good; those of the stream from before are good no more")
            await enclaves.reconcile(platform, id)
            tell("its clusters start again with theirs; what they were doing goes on then")
            tell(f"the bucket's former key stays good for {overlap_s:.0f} s, until every process has the new one")
            await asyncio.sleep(overlap_s)
            await enclaves.end_rotation(platform, id)
