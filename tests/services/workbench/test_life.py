"""A workbench comes, is idle, is killed and comes back; its files stay, and its key does not."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import psutil
import pytest
from desk import MINE, START, seen

from gateway.relay import global_id
from services.enclaves.model import WorkbenchPolicy
from services.workbench import api

pytestmark = [pytest.mark.platform, pytest.mark.cluster, pytest.mark.timeout(110)]

KEYS = "{ apiKeys { name revokedAt expiresAt } }"


async def test_it_stops_when_nobody_looks_and_keeps_its_files(desk, platform, plant, boss) -> None:
    assert await desk.run("open('kept.txt', 'w').write('kept'); import time; time.sleep(0.1)") == ""
    await desk.lab.delete(f"/api/kernels/{desk.kernel}", headers=desk.xsrf)
    ground = replace(platform.platform.ground, workbench=WorkbenchPolicy(idle=timedelta(seconds=6)))
    while (await desk.portal.ask(MINE))["workbench"]["state"] == "READY":
        await api.reconcile(replace(platform.platform, ground=ground), plant.id)
        await asyncio.sleep(0.5)
    found = (await desk.portal.ask(MINE))["workbench"]
    assert (found["state"], found["detail"]) == ("STOPPED", "It was idle for 0.1 min. Your files are kept.")
    [key] = [key for key in (await boss.ask(KEYS))["apiKeys"] if key["name"] == "Workbench of Engineer"]
    assert key["revokedAt"] is not None
    assert (await desk.lab.get("/lab")).status_code == 404


async def test_a_killed_one_says_so_and_is_started_again(desk, platform, plant) -> None:
    await desk.portal.ask(START)
    await seen(desk.portal, "READY")
    home = next((platform.state.home / "workbench" / plant.id.hex).iterdir())
    assert (home / "kept.txt").read_text() == "kept"
    part = next(part for part in platform.supervisor.list() if part["name"].startswith("workbench-"))
    lab = next(
        process for process in psutil.Process(part["pid"]).children(recursive=True) if "jupyterlab" in process.cmdline()
    )
    lab.kill()
    found = await seen(desk.portal, "FAILED")
    assert found["detail"].startswith("JupyterLab ended with -9. Its last words: ")
    await desk.portal.ask(START)
    await seen(desk.portal, "STARTING")


async def test_who_loses_the_right_loses_the_workbench(desk, boss) -> None:
    await boss.ask(
        "mutation ($id: ID!) { changeRole(input: {memberId: $id, role: OPERATOR}) { __typename } }",
        id=global_id("Member", desk.portal.member.id),
    )
    while (found := (await boss.ask("{ workbenches { state detail } }"))["workbenches"][0])["state"] != "STOPPED":
        await asyncio.sleep(0.2)
    assert found["detail"] == "Engineer may not use a workbench any more."
