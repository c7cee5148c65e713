"""Builds what a process of the platform holds, from the settings and the state folder."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from importlib.util import find_spec

from infra.local import nats, postgres, s3
from infra.local.state import State
from infra.settings import Settings
from services.enclaves.platform import Platform
from services.kernel.uow import Database


@dataclass(frozen=True, slots=True)
class Ways:
    """Where the parts are and with which secrets, wherever they run."""

    owner_url: str
    """libpq URL of `andon_owner`; `postgres.sqlalchemy` turns it into SQLAlchemy's form."""
    app_url: str
    relay_url: str
    nats_url: str
    s3_endpoint: str
    s3_access_key: str
    s3_secret_key: str


class SettingMissing(Exception):
    """A part is replaced by URL, but a setting that goes with it is absent."""


def _needed(value: object, name: str, because: str) -> str:
    if value is None:
        raise SettingMissing(f"{because} is set, so {name} is needed too. Set it, or unset {because}.")
    reveal = getattr(value, "get_secret_value", None)
    return str(reveal() if reveal is not None else value)


def ways(settings: Settings, state: State) -> Ways:
    """Raises `SettingMissing`; `KeyError` when a local part was never started."""
    if settings.database_url is not None:
        owner = _needed(settings.database_owner_url, "ANDON_DATABASE_OWNER_URL", "DATABASE_URL")
        app = settings.database_url.get_secret_value()
        relay = _needed(settings.database_relay_url, "ANDON_DATABASE_RELAY_URL", "DATABASE_URL")
    else:
        local = postgres.urls(state)
        owner, app, relay = local.owner, local.app, local.relay
    if settings.s3_endpoint is not None:
        endpoint = settings.s3_endpoint
        access = _needed(settings.s3_access_key, "ANDON_S3_ACCESS_KEY", "S3_ENDPOINT")
        secret = _needed(settings.s3_secret_key, "ANDON_S3_SECRET_KEY", "S3_ENDPOINT")
    else:
        endpoint, access, secret = s3.endpoint(state), s3.ADMIN, state.secret("s3-admin")
    return Ways(owner, app, relay, settings.nats_url or nats.url(state), endpoint, access, secret)


@asynccontextmanager
async def open_platform(settings: Settings, state: State) -> AsyncIterator[Platform]:
    """The platform of this process, its connections closed at the end."""
    places = ways(settings, state)
    database = Database(postgres.sqlalchemy(places.app_url))
    try:
        if find_spec("services.enclaves.local") is None:
            yield Platform(database=database, streams=None, objects=None, clusters=None)  # pyright: ignore
    finally:
        await database.close()
