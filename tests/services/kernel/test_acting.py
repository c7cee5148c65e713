"""Who acts, as the database is told."""

import asyncio
import json
from uuid import UUID

from services.kernel.acting import acting, acts, doing
from services.kernel.ids import TenantId, new_id
from services.kernel.rights import Principal

ADA = Principal(TenantId(new_id()), new_id(), "member", "Ada", frozenset())


async def told_in_a_task(change) -> list[str]:
    async def task() -> list[str]:
        change()
        return json.loads(acting().told())

    return await asyncio.create_task(task())


async def test_it_is_the_platform_unless_somebody_is_named():
    assert await told_in_a_task(lambda: None) == [str(UUID(int=0)), "system", "Andon", "", ""]


async def test_who_is_named_acts_in_that_task_and_no_other():
    assert (await told_in_a_task(lambda: acts(ADA)))[:3] == [str(ADA.actor), "member", "Ada"]
    assert (await told_in_a_task(lambda: None))[1] == "system"


async def test_what_is_done_is_named_inside_and_not_after():
    with doing("serving.promote"):
        with doing("serving.undo"):
            assert acting().action == "serving.undo"
        assert acting().action == "serving.promote"
    assert acting().action == ""
