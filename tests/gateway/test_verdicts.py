"""Shadow verdicts over the wire."""

import re
from pathlib import Path

import pytest
from gateway_client import signed_in
from shadow_plant import hour, made, values

from gateway.relay import global_id
from services.kernel.ids import new_id
from services.kernel.rights import Role
from services.verdicts import proposal
from services.verdicts.contracts import Advice, Verdict

ONE = """query e($id: ID!) { node(id: $id) { ... on Asset { deployment { shadows { version { id } evidence {
  start end lookedAt
  figures { rows days targets warnedChampion warnedShadow gained lost earlierS falseChampion falseShadow
            falseRateChampion falseRateShadow waiting unansweredChampion unansweredShadow }
  examples { asset { id } start end shadow peak }
  judged { verdict days decidedAfter daysLeft }
  proposal { advice sentence reasons { code facts sentence } }
} } } } } }"""
RUN = "query r($id: ID!) { runEvidence(runId: $id) { lookedAt judged { verdict } proposal { advice sentence } } }"
PAGE = (Path(__file__).parents[2] / "docs/reference/shadow-verdicts.md").read_text("utf-8")


@pytest.fixture(scope="module")
async def plant(platform, principal):
    wolf = values(*((start, start + 8) for start in range(20, 1400, 48)))
    return await made(
        platform.platform,
        principal,
        [(values((901, 1001)), values((685, 700), (901, 1001))), (wolf, values())],
        {0: 1000},
    )


def test_the_page_names_every_word():
    words = set(re.findall(r"`([a-z_A-Z]+)`", PAGE))
    assert {one.name for one in (*Verdict, *Advice)} <= words
    assert set(proposal._SENTENCES) <= words


@pytest.mark.platform
async def test_one_shadow(admin, plant):
    asset = global_id("Asset", plant.assets[0])
    [shadow] = (await admin.ask(ONE, id=asset))["node"]["deployment"]["shadows"]
    found = shadow["evidence"]
    assert (found["start"], found["lookedAt"]) == (hour(0).isoformat(), 1)
    assert (found["figures"]["rows"], found["figures"]["earlierS"], found["figures"]["warnedShadow"]) == (
        1440, 216 * 3600, 1,
    )  # fmt: skip
    assert found["examples"] == [
        {
            "asset": {"id": asset},
            "start": hour(689).isoformat(),
            "end": hour(728).isoformat(),
            "shadow": True,
            "peak": 2.0,
        }
    ]
    assert found["judged"]["verdict"] == "NOT_YET"
    assert found["proposal"]["advice"] == "WAIT"
    assert found["proposal"]["reasons"][0]["facts"] == {
        "failure": 1, "date": f"{hour(1000):%Y-%m-%d}", "seconds": 777_600.0,
    }  # fmt: skip


@pytest.mark.platform
async def test_all_shadows_of_a_run(admin, plant):
    found = (await admin.ask(RUN, id=global_id("Run", plant.run_id)))["runEvidence"]
    assert (found["lookedAt"], found["judged"]["verdict"], found["proposal"]["advice"]) == (
        2, "ENOUGH_BETTER", "PROMOTE",
    )  # fmt: skip


@pytest.mark.platform
async def test_who_may_ask_and_what_is_refused(app, tenant, admin, stranger, plant):
    engineer = await signed_in(app, tenant, Role.ENGINEER)
    assert (await engineer.ask(RUN, id=global_id("Run", plant.run_id)))["runEvidence"]["lookedAt"] == 2
    for who, run in ((stranger, plant.run_id), (admin, new_id())):
        answer = (await who.post(RUN, id=global_id("Run", run))).json()
        assert answer["errors"][0]["extensions"]["code"] == "SHADOW_NOT_FOUND"
    assert (await stranger.ask(ONE, id=global_id("Asset", plant.assets[0])))["node"] is None
