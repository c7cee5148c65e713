"""What may be set from outside, by environment variable. Everything has a default that works on one machine.

A part that is given by URL (`DATABASE_URL`, `NATS_URL`, `S3_ENDPOINT`) is used where it is and not started here.
"""

import os
from pathlib import Path

from pydantic import AliasChoices, Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from services.enclaves.contracts import MOST_SCORERS

REPOSITORY = Path(__file__).resolve().parent.parent


class SettingMissing(Exception):
    """A part is replaced by URL, but a setting that goes with it is absent."""


class SettingUnusable(Exception):
    """A setting has a value that cannot be used; the message does not repeat a secret."""


class Settings(BaseSettings):
    """Read once at the start of a process and passed down."""

    model_config = SettingsConfigDict(env_prefix="ANDON_", extra="ignore")

    home: Path = REPOSITORY / ".andon"
    """The one folder that holds all state: databases, streams, objects, secrets, logs, sockets."""

    database_url: SecretStr | None = Field(default=None, validation_alias=AliasChoices("DATABASE_URL", "database_url"))
    """`postgresql://` URL of the role `andon_app`. Needs the two below; Postgres is then not started here."""
    database_owner_url: SecretStr | None = None
    """The same database as `andon_owner`, for migrations."""
    database_relay_url: SecretStr | None = None
    """The same database as `andon_relay`, for the outbox relay and the queue."""

    nats_url: str | None = Field(default=None, validation_alias=AliasChoices("NATS_URL", "nats_url"))
    """`nats://host:port` of a NATS with JetStream in operator mode with a full resolver; needs the two below. NATS is
    then not started here."""
    nats_operator_seed: SecretStr | None = None
    """Seed (`SO…`) of the operator's key, or of one of its signing keys: makes the tenants' accounts."""
    nats_system_credentials: SecretStr | None = None
    """Content of a `.creds` file of a user of the system account: pushes the accounts to the resolver."""

    mqtt_url: str | None = None
    """`mqtt(s)://host:port` at which devices reach the MQTT port of NATS: what they are told in the portal."""

    s3_endpoint: str | None = Field(default=None, validation_alias=AliasChoices("S3_ENDPOINT", "s3_endpoint"))
    """`http://host:port` of an S3 with an IAM API; needs the two below. The embedded one is then not started here."""
    s3_access_key: SecretStr | None = None
    """A key that may make buckets, users, policies and keys."""
    s3_secret_key: SecretStr | None = None
    s3_iam_endpoint: str | None = None
    """`http(s)://host[:port]` of its IAM API, where that is not at `S3_ENDPOINT` itself."""

    webhook_networks: str | None = None
    """Networks that webhooks and mail may reach beside the public internet, without encryption too:
    `10.1.0.0/16, fd00::/8`."""

    public_url: str | None = Field(default=None, pattern=r"^https?://[^\s?#]+$")
    """`https://andon.example.com`, at which people reach the portal: links in mails begin with it. Default: the gateway
    on this machine."""
    port: int | None = None
    """Port of the gateway on 127.0.0.1. Without it a free one is chosen once and kept."""
    demo: bool = True
    """Make the demo tenants at the first start and feed them."""
    demo_speed: int = Field(default=120, ge=1, le=3600)
    """How many simulated seconds the demo plants live in one real second until they have caught up with the present."""
    demo_history_days: float = Field(default=12.0, gt=0, le=60)
    """Simulated days the demo tenants have behind them at the start: enough to train on."""
    demo_lead_days: float = Field(default=4.0, ge=0, le=60)
    """Simulated days left to be lived at `demo_speed`: drills begin to wear in them."""
    demo_train: bool = True
    """Train and promote a first model for every demo asset."""
    log_level: str = "info"
    audit_anchors: Path | None = None
    """Folder for the anchors of the audit trail, best on storage that the database's admin cannot write to. Default:
    `anchors` in the state folder."""
    scorers: int = Field(default=1, ge=1, le=MOST_SCORERS)
    """How many scorers share the assets of a tenant, in its serving cluster."""
    workbench_idle_minutes: float = Field(default=20.0, gt=0)
    """A workbench that nobody looked at, and in which no kernel worked, is stopped after this."""
    workbench_hours: float = Field(default=12.0, gt=0)
    """A workbench is stopped after this, whatever it does."""
    workbench_memory_mib: int = Field(default=4096, ge=512)
    """What a workbench with all its kernels may hold."""
    training_idle_minutes: float = 15.0
    """A training cluster that had nothing to do for this long is stopped; the next run starts it again."""


_MAKERS = frozenset({"up", "worker", "demo"})
"""`up` looks whether all is there that is needed; the other two make tenants' accounts and buckets."""
_ONLY_FOR = {
    "ANDON_NATS_OPERATOR_SEED": _MAKERS,
    "ANDON_NATS_SYSTEM_CREDENTIALS": _MAKERS,
    "ANDON_S3_ACCESS_KEY": _MAKERS,
    "ANDON_S3_SECRET_KEY": _MAKERS,
    "ANDON_DATABASE_OWNER_URL": frozenset({"up"}),
    "ANDON_DATABASE_RELAY_URL": frozenset({"up", "worker", "historian"}),
}


def environment_for(process: str, home: Path) -> dict[str, str]:
    """The settings as environment variables for a child process: what it has no business with is left out."""
    ours = {
        name: value
        for name, value in os.environ.items()
        if name.startswith(("ANDON_", "OTEL_")) or name in {"DATABASE_URL", "NATS_URL", "S3_ENDPOINT"}
    }
    kept = {name: value for name, value in ours.items() if process in _ONLY_FOR.get(name, {process})}
    return {**kept, "ANDON_HOME": str(home)}
