"""A whole Andon with the demo's two tenants, ended with the session."""

import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from collector import Collector, collecting
from drills import TAUGHT_DAYS, Plant, challenger, promote, settled, train, until
from installation import Running, start

from infra.settings import REPOSITORY
from services.kernel.ids import new_id

LOGS = REPOSITORY / ".artifacts" / "e2e-logs"
"""Where the parts' logs are kept when the run is over."""


@pytest.fixture(scope="session")
def collector() -> Iterator[Collector]:
    """Where the installation sends its traces."""
    with collecting() as collector:
        yield collector


@pytest.fixture(scope="session")
def running(collector) -> Iterator[Running]:
    home = Path(tempfile.mkdtemp(prefix="andon-e2e-"))
    traced = {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.url, "OTEL_BSP_SCHEDULE_DELAY": "500"}
    try:
        up = start(home, environment=traced)
        try:
            yield up
        finally:
            up.end()
    finally:
        shutil.copytree(home / "logs", LOGS, dirs_exist_ok=True)
        shutil.rmtree(home)


@dataclass(frozen=True)
class Taught:
    """A plant of nine drills whose first models answer."""

    slug: str
    """Address of its tenant."""
    plant: Plant
    run: dict[str, Any]
    served: list[str]
    """Drills with a champion."""


@pytest.fixture(scope="session")
def taught(running) -> Iterator[Taught]:
    """Drills that lived for twelve days and were trained on them. Whoever uses them lives on from where they are, so
    the story comes first and its second telling, in a browser, after it."""
    slug = f"story-{new_id().hex[-6:]}"
    with running.client(slug) as andon:
        plant = Plant.build(andon, days_ago=90, drills=9, seed=8)
        plant.live(0, TAUGHT_DAYS)
        run = train(plant, list(plant.ids), 0, TAUGHT_DAYS)
        served = [key for key in plant.ids if challenger(plant, key)]
        for key in served:
            promote(plant, key)
        until("serving of the first models", lambda: all(settled(plant, key) for key in served))
        yield Taught(slug, plant, run, served)


@pytest.fixture(scope="session")
def fleet_tenant() -> str:
    """Address of a tenant for fleets beside those of the demo; whoever comes first makes it."""
    return f"fleet-{new_id().hex[-6:]}"
