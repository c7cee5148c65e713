"""What may be set from outside, by environment variables that begin with `ANDON_GATEWAY_`."""

from pathlib import Path

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from gateway.workbench.addresses import PATTERN
from services.budgets.model import USUAL_ROWS
from services.kernel.reach import Reach

STATIC = Path(__file__).resolve().parent / "static"


class GatewaySettings(BaseSettings):
    """Read once at the start of a process and passed down."""

    model_config = SettingsConfigDict(env_prefix="ANDON_GATEWAY_", extra="ignore")

    secret: SecretStr
    """Signs cursors. The same on all copies of the gateway; at least 32 bytes, random."""
    scrape_token: SecretStr | None = None
    """`Authorization: Bearer …` that `/metrics` asks for. Without it nobody may read the metrics."""
    base_path: str = ""
    """Path under which a proxy serves the gateway, such as `/andon`; no slash at the end."""
    trusted_hosts: tuple[str, ...] = ("127.0.0.1", "localhost", "[::1]")
    """Names the gateway answers to; anything else in `Host` is refused. `*.example.com` stands for all below."""
    trusted_origins: tuple[str, ...] = ()
    """Origins beside our own from which a browser may act with a session cookie, such as `https://portal.example`."""
    workbench_url: str | None = None
    """`https://*.workbench.example.net`: where members' workbenches are, each at a name of its own. Needed wherever the
    portal is reached by a name; neither name may be a part of the other."""
    secure_cookies: bool = False
    """Send the session cookie over TLS only. Set it wherever the gateway is reached from another machine."""
    portal: Path = STATIC
    """Folder of the built portal."""
    workbench_message_bytes: int = Field(default=16 * 1024 * 1024, gt=0)
    """Largest message of a websocket that a browser sends to a workbench."""
    graphql_body_bytes: int = Field(default=256 * 1024, gt=0)
    ingest_body_bytes: int = Field(default=64 * 1024 * 1024, gt=0)
    """Largest body of `/v1/ingest` and `/v1/score`, as sent."""
    inflated_body_bytes: int = Field(default=256 * 1024 * 1024, gt=0)
    """Largest body after gzip is undone."""
    uploads_per_tenant: int = Field(default=8, gt=0)
    """Bodies of one tenant that are taken at once by a process; the next one is told to wait (429)."""
    uploads: int = Field(default=32, gt=0)
    """Bodies of all tenants that are taken at once by a process; the next one is told to wait (503)."""
    files_per_tenant: int = Field(default=4, gt=0)
    """Staged files of one tenant that are received at once by a process; the next one is told to wait (429)."""
    files: int = Field(default=16, gt=0)
    """Staged files of all tenants that are received at once by a process; the next one is told to wait (503)."""
    live_per_tenant: int = Field(default=500, gt=0)
    """Websockets and event streams of one tenant that a process holds; the next one is told to wait."""
    live: int = Field(default=5_000, gt=0)
    """Websockets and event streams of all tenants that a process holds; the next one is told to wait."""
    requests_per_second: float = Field(default=300, gt=0)
    """What comes back of a tenant's budget of requests in a second. A tenant may have a quota of its own instead."""
    requests_burst: int = Field(default=30_000, gt=0)
    """What a budget of requests holds that was left alone."""
    cost_per_second: float = Field(default=50_000, gt=0)
    """The same for the cost of GraphQL operations, in the points that answers tell."""
    cost_burst: int = Field(default=12_000_000, gt=0)
    rows_per_second: float = Field(default=USUAL_ROWS.per_second, gt=0)
    """The same for rows that are sent in, to be stored or scored."""
    rows_burst: int = Field(default=USUAL_ROWS.burst, gt=0)
    failed_sign_ins: int = Field(default=5, gt=0)
    """Wrong passwords in a row for one address before the next try has to wait."""
    sign_in_wait_seconds: float = Field(default=60.0, gt=0)
    oidc_networks: str = ""
    """Networks in which providers of identity are reached beside the public internet: `10.1.0.0/16, fd00::/8`. In an
    opened loopback without TLS too."""
    oidc_ca_file: Path | None = None
    """PEM file of authorities that a provider's TLS certificate may be of, beside those that are known everywhere."""
    query_seconds: float = Field(default=30.0, gt=0)
    recheck_seconds: float = Field(default=30.0, gt=0, le=60)
    """How often the credential of a live subscription is looked at again."""

    @field_validator("workbench_url")
    @classmethod
    def _stands_for_names(cls, url: str | None) -> str | None:
        if url is not None and PATTERN.fullmatch(url) is None:
            raise ValueError("it must read like https://*.workbench.example.net, where * stands for a workbench")
        return url

    @field_validator("oidc_networks")
    @classmethod
    def _are_networks(cls, text: str) -> str:
        Reach.of(text)
        return text
