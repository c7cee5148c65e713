"""Builds what a process of the platform holds, from the settings and the state folder."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

from pydantic import SecretStr

from infra.local import nats, postgres, s3
from infra.local.provision import LocalProvisioner
from infra.local.state import State
from infra.settings import Settings
from services.enclaves.adapters.clusters import RowClusters
from services.enclaves.adapters.objects import S3Objects
from services.enclaves.adapters.streams import NatsStreams
from services.enclaves.model import ClusterPolicy
from services.enclaves.platform import Ground, Platform
from services.enclaves.vault import Vault
from services.kernel.uow import Database


@dataclass(frozen=True, slots=True)
class Ways:
    """Where the parts are and with which secrets, wherever they run."""

    app_url: str
    """libpq URL of `andon_app`, like the two below; `postgres.sqlalchemy` turns it into SQLAlchemy's form."""
    relay_url: str
    """Empty in a process that has no business with it."""
    owner_url: str
    nats_url: str
    s3_endpoint: str
    s3_access_key: str
    s3_secret_key: str


class SettingMissing(Exception):
    """A part is replaced by URL, but a setting that goes with it is absent."""


def _needed(secret: SecretStr | None, name: str, because: str) -> str:
    if secret is None:
        raise SettingMissing(f"{because} is set, so {name} is needed too. Set it, or unset {because}.")
    return secret.get_secret_value()


def _given(secret: SecretStr | None) -> str:
    return secret.get_secret_value() if secret is not None else ""


def ways(settings: Settings, state: State) -> Ways:
    """Raises `SettingMissing`; `KeyError` when a local part was never started."""
    if settings.database_url is not None:
        database = (
            settings.database_url.get_secret_value(),
            _given(settings.database_relay_url),
            _given(settings.database_owner_url),
        )
    else:
        local = postgres.urls(state)
        database = (local.app, local.relay, local.owner)
    if settings.s3_endpoint is not None:
        objects = (
            settings.s3_endpoint,
            _needed(settings.s3_access_key, "ANDON_S3_ACCESS_KEY", "S3_ENDPOINT"),
            _needed(settings.s3_secret_key, "ANDON_S3_SECRET_KEY", "S3_ENDPOINT"),
        )
    else:
        objects = (s3.endpoint(state), s3.ADMIN, state.secret("s3-admin"))
    return Ways(*database, settings.nats_url or nats.url(state), *objects)


@asynccontextmanager
async def open_platform(settings: Settings, state: State) -> AsyncIterator[Platform]:
    """The platform of this process, its connections closed at the end."""
    places = ways(settings, state)
    database = Database(postgres.sqlalchemy(places.app_url))
    policy = ClusterPolicy(training_idle=timedelta(minutes=settings.training_idle_minutes))
    ground = Ground(LocalProvisioner(state), Vault(state.secret("enclaves")), policy)
    streams = NatsStreams(database, ground.vault, places.nats_url)
    try:
        yield Platform(
            database=database,
            streams=streams,
            objects=S3Objects(database, ground.vault, places.s3_endpoint),
            clusters=RowClusters(database, ground),
            ground=ground,
        )
    finally:
        await streams.close()
        await database.close()
