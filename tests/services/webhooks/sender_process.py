"""The sender of one tenant in a process of its own, to be killed: `python sender_process.py TENANT`."""

import asyncio
import sys
from uuid import UUID

from infra.bootstrap import open_platform
from infra.local.state import State
from infra.settings import Settings
from services.kernel.ids import TenantId
from services.webhooks.jobs import CONSUMERS


async def main(tenant: str) -> None:
    settings = Settings()
    async with open_platform(settings, State(settings.home)) as platform:
        await CONSUMERS["webhooks.sender"](platform, TenantId(UUID(tenant)))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
