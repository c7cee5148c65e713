"""What an edge tells Andon of itself every half minute, from its status; shown on the page Edges of the portal."""

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime
from importlib.metadata import version
from typing import Any

from andon_sdk.client import AsyncClient, ClientError, done
from andon_sdk.client.typed import (
    EdgeDestinationInput,
    EdgeDestinationState,
    EdgeMappedIn,
    EdgeSourceInput,
    EdgeSourceState,
    EdgeTagAgeInput,
    ReportPlantEdgeInput,
)

EVERY_S = 30.0
MOST_AGES = 10
_LONGEST = 500
_CONTRACT_COUNTS = ("stored", "quarantined", "refused", "waiting")

log = logging.getLogger("andon_sdk.edge")


def report_of(name: str, started_at: datetime, said: dict[str, Any]) -> ReportPlantEdgeInput:
    """The status `said`, with of each source only the tags that gave nothing for the longest."""
    return ReportPlantEdgeInput(
        name=name,
        version=version("andon-sdk"),
        startedAt=started_at,
        sources=[_source(key, source) for key, source in said["sources"].items()],
        destinations=[_destination(key, each) for key, each in said["destinations"].items()],
    )


async def run(client: AsyncClient, report: Callable[[], ReportPlantEdgeInput], every_s: float = EVERY_S) -> None:
    """Until it is cancelled. What cannot be told now is told half a minute later; rows do not wait for it."""
    told = ""
    while True:
        try:
            done(await client.api.report_plant_edge(report()))
            told = ""
        except ClientError as error:
            if str(error) != told:
                log.warning("Andon does not hear how this edge is: %s", error)
            told = str(error)
        await asyncio.sleep(every_s)


def _source(name: str, said: dict[str, Any]) -> EdgeSourceInput:
    ages = sorted(said["age_s"].items(), key=lambda pair: (pair[1] is not None, -(pair[1] or 0)))
    contracts = said["contracts"].values()
    counts = {key: sum(rows[key] for rows in contracts) for key in _CONTRACT_COUNTS}
    refusals = [rows["last_refusal"] for rows in contracts if rows["last_refusal"]]
    return EdgeSourceInput(
        name=name,
        connector=said["connector"],
        mappedIn=EdgeMappedIn(said["mapping"].upper()),
        state=EdgeSourceState(said["state"].upper()),
        why=said["why"][:_LONGEST],
        since=datetime.fromisoformat(said["since"]),
        tags=len(ages),
        silent=sum(age is None for _, age in ages),
        lastRefusal=(refusals or [""])[-1][:_LONGEST],
        oldest=[EdgeTagAgeInput(tag=tag[:_LONGEST], ageS=age) for tag, age in ages[:MOST_AGES]],
        **counts,
    )


def _destination(name: str, said: dict[str, Any]) -> EdgeDestinationInput:
    return EdgeDestinationInput(
        name=name,
        destination=said["destination"],
        state=EdgeDestinationState(said["state"].upper()),
        why=said["why"][:_LONGEST],
        since=said["since"] and datetime.fromisoformat(said["since"]),
        waiting=said["waiting"],
        delivered=said["delivered"],
        putAside=said["put_aside"],
    )
