"""Ceilings from the command line, as the person at the machine sets them."""

import json

import pytest
from command_line import andon

from infra.ceilings import change_of
from services.budgets import api as budgets
from services.budgets.contracts import Ceiling

USUAL = [
    {"ceiling": "jobs", "most": 8, "own": False},
    {"ceiling": "jobs_a_day", "most": 2000, "own": False},
]


@pytest.mark.platform
async def test_a_ceiling_is_shown_set_and_taken_back(platform, tenant):
    storage = {"ceiling": "storage", "most": 1024**4, "own": False, "used": None, "measuredAt": None}
    code, said = await andon(platform, "tenant", "ceiling", tenant.slug)
    assert (code, json.loads(said)) == (0, [*USUAL, storage])
    async with platform.unit(tenant) as uow:
        await budgets.note_storage(uow, 12_345, 6)
        await uow.commit()
    code, said = await andon(platform, "tenant", "ceiling", tenant.slug, "storage", "--most", "5000000")
    found = json.loads(said)[-1]
    assert code == 0
    assert found.pop("measuredAt") is not None
    assert found == {"ceiling": "storage", "most": 5_000_000, "own": True, "used": 12_345}
    code, said = await andon(platform, "tenant", "ceiling", tenant.slug, "storage", "--usual")
    assert (code, json.loads(said)[-1]["own"]) == (0, False)


def test_half_a_wish_is_refused():
    assert change_of(None, None, usual=False) is None
    for ceiling, most, usual in ((None, 5, False), (Ceiling.JOBS, None, False), (Ceiling.JOBS, 5, True)):
        with pytest.raises(ValueError, match="Say "):
            change_of(ceiling, most, usual=usual)
