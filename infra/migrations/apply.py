"""Brings a database to the newest schema. Harmless when it is there already."""

import asyncio
from pathlib import Path

from alembic import command
from alembic.config import Config

from services.kernel.jobs import install_queue

_LOCK = 7_021_948_231
"""Advisory lock: two starts at once migrate one after the other."""


def apply(owner_url: str, relay_url: str) -> None:
    """Runs the migrations as `andon_owner` and installs the queue as `andon_relay`."""
    migrate(owner_url)
    asyncio.run(install_queue(relay_url))


def migrate(owner_url: str, revision: str = "head") -> None:
    """Runs the migrations up to one of them."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.attributes["url"] = owner_url
    config.attributes["lock"] = _LOCK
    command.upgrade(config, revision)
