"""Builds what a process of the platform holds, from the settings and the state folder.

Here, and nowhere else, it is chosen whether a part is the one that runs here or somebody's, given by URL.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from datetime import timedelta

from pydantic import SecretStr

from infra import plugins
from infra.local import postgres
from infra.local.accounts import LocalAccounts
from infra.local.boxes import LocalBoxes
from infra.local.buckets import LocalBuckets
from infra.local.state import State
from infra.local.workbenches import LocalWorkbenches
from infra.outside.accounts import Operator, OperatorAccounts
from infra.outside.buckets import IamBuckets
from infra.outside.iam import Admin
from infra.settings import Settings, SettingUnusable
from services.enclaves.adapters.clusters import RowClusters
from services.enclaves.adapters.objects import S3Objects
from services.enclaves.adapters.streams import NatsStreams
from services.enclaves.model import WORKBENCH_LIMITS, ClusterPolicy, WorkbenchPolicy
from services.enclaves.platform import Ground, Platform
from services.enclaves.provisioner import Buckets, StreamAccounts
from services.enclaves.vault import Vault
from services.kernel.reach import Reach
from services.kernel.uow import Database
from services.plugins.api import for_box

ENCLAVES = "enclaves"
"""The state's secret that tenants' credentials are encrypted with and their stream accounts derived from."""


@dataclass(frozen=True, slots=True)
class Ways:
    """Ways into the database: libpq URLs, which `postgres.sqlalchemy` turns into SQLAlchemy's form."""

    app_url: str
    relay_url: str
    """This and the next are empty in a process that has no business with them."""
    owner_url: str


def ways(settings: Settings, state: State) -> Ways:
    if settings.database_url is not None:
        given = (settings.database_url, settings.database_relay_url, settings.database_owner_url)
        return Ways(*(_given(url) for url in given))
    local = postgres.urls(state)
    return Ways(local.app, local.relay, local.owner)


def accounts(settings: Settings, state: State) -> StreamAccounts:
    """Raises `NotAKey`."""
    if settings.nats_url is None:
        return LocalAccounts(state, settings.mqtt_url)
    seed, credentials = _given(settings.nats_operator_seed), _given(settings.nats_system_credentials)
    operator = Operator.of(seed, credentials) if seed else None
    return OperatorAccounts(settings.nats_url, state.secret(ENCLAVES), operator, settings.mqtt_url)


def buckets(settings: Settings, state: State) -> Buckets:
    if settings.s3_endpoint is None:
        return LocalBuckets(state)
    key, secret = _given(settings.s3_access_key), _given(settings.s3_secret_key)
    admin = Admin(key, secret) if key else None
    return IamBuckets(settings.s3_endpoint, settings.s3_iam_endpoint or settings.s3_endpoint, admin)


def reach(settings: Settings) -> Reach:
    """Raises `SettingUnusable`."""
    try:
        return Reach.of(settings.webhook_networks or "")
    except ValueError as error:
        raise SettingUnusable(f"ANDON_WEBHOOK_NETWORKS: {error}. Separate networks by commas: 10.1.0.0/16.") from error


def gateway_port(settings: Settings, state: State) -> int:
    """Where the gateway listens on this machine. Raises `KeyError` when none was started."""
    return settings.port or state.known_port("gateway")


def workbench_policy(settings: Settings) -> WorkbenchPolicy:
    return WorkbenchPolicy(
        limits=replace(WORKBENCH_LIMITS, memory_bytes=settings.workbench_memory_mib * 1024 * 1024),
        idle=timedelta(minutes=settings.workbench_idle_minutes),
        life=timedelta(hours=settings.workbench_hours),
    )


def public_url(settings: Settings, state: State) -> str:
    """Where people reach the portal; where the gateway listens here, unless it was said."""
    if settings.public_url is not None:
        return settings.public_url.rstrip("/")
    port = settings.port
    if port is None:
        with suppress(KeyError):  # nothing was started here yet
            port = state.known_port("gateway")
    return "http://127.0.0.1" if port is None else f"http://127.0.0.1:{port}"


@asynccontextmanager
async def open_platform(settings: Settings, state: State) -> AsyncIterator[Platform]:
    """The platform of this process, its connections closed at the end."""
    plugins.keep_in(state)
    database = Database(postgres.sqlalchemy(ways(settings, state).app_url))
    ground = Ground(
        accounts=accounts(settings, state),
        buckets=buckets(settings, state),
        boxes=LocalBoxes(state),
        vault=Vault(state.secret(ENCLAVES)),
        policy=ClusterPolicy(training_idle=timedelta(minutes=settings.training_idle_minutes), scorers=settings.scorers),
        plugins=for_box,
        workbenches=LocalWorkbenches(state, lambda: gateway_port(settings, state), public_url(settings, state)),
        workbench=workbench_policy(settings),
    )
    streams = NatsStreams(database, ground)
    try:
        yield Platform(
            database=database,
            streams=streams,
            objects=S3Objects(database, ground),
            clusters=RowClusters(database, ground),
            ground=ground,
            reach=reach(settings),
            public_url=public_url(settings, state),
        )
    finally:
        await streams.close()
        await database.close()


def _given(secret: SecretStr | None) -> str:
    return secret.get_secret_value() if secret is not None else ""
