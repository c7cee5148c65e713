"""A whole Andon with the demo's two tenants, ended with the session."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from collector import Collector, collecting
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


@pytest.fixture(scope="session")
def fleet_tenant() -> str:
    """Address of a tenant for fleets beside those of the demo; whoever comes first makes it."""
    return f"fleet-{new_id().hex[-6:]}"
