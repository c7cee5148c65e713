"""A run that is asked for while its plugin is only coming into the training cluster."""

import asyncio
from dataclasses import replace
from uuid import UUID

import pytest

from services.blueprints.host import installed
from services.training.cluster.link import renewed
from services.training.cluster.messages import ContractOrder, TrainCommand

OFFERED = installed().blueprints["any-machine-watch"]
KNOWN = TrainCommand(
    run=UUID(int=1), snapshot="ab", blueprint="any-machine-watch", blueprint_version=OFFERED.blueprint.version,
    plugin=OFFERED.plugin.name, plugin_digest=OFFERED.plugin.digest, parameters={}, seed=0,
    contract=ContractOrder(UUID(int=2), 1, ("a",), (True,), (False,)), assets=1,
)  # fmt: skip


async def test_a_run_of_the_plugins_that_are_here_begins_at_once():
    await asyncio.wait_for(renewed(KNOWN, ()), 0.1)


@pytest.mark.parametrize("coming", [{"blueprint": "coming"}, {"plugin_digest": "of other files"}])
async def test_a_run_of_other_plugins_waits_for_the_cluster_to_be_started_anew(coming):
    command = replace(KNOWN, **coming)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(renewed(command, ()), 0.5)
    await asyncio.wait_for(renewed(command, (), seconds=0.3), 2)
    await asyncio.wait_for(renewed(command, {KNOWN.run}), 0.1)
