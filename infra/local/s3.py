"""The object server (SeaweedFS from the wheel), on 127.0.0.1.

Its S3 port takes signed requests only. It opens nine more ports for itself; without care the master hands anybody a
token to write with, and the filer any object. So the plain HTTP interfaces are off, and every inner port, HTTP and
gRPC, wants the installation's client certificate (see `docs/decisions/inner-ports.md`).
"""

import asyncio
import io
import json
from pathlib import Path

from minio import Minio

from infra.local.certificates import ensure
from infra.local.nats import binary
from infra.local.part import Part
from infra.local.state import State

ADMIN = "andon"
_PROBE_BUCKET = "andon-probe"
_GRPC = ("client", "master", "volume", "filer", "s3", "admin", "worker", "mq", "msg_broker", "msg_agent")
_HTTPS = ("client", "master", "volume", "filer", "admin")
_INNER = ("master", "volume", "filer", "admin")
_GRPC_OFFSET = 10_000


def endpoint(state: State) -> str:
    """`http://host:port` of the S3 port, once the part was prepared."""
    return f"http://127.0.0.1:{state.known_port('s3')}"


def admin_client(state: State) -> Minio:
    """The client that may do everything: makes buckets and credentials."""
    return Minio(
        f"127.0.0.1:{state.known_port('s3')}", access_key=ADMIN, secret_key=state.secret("s3-admin"), secure=False
    )


def identities_file(state: State) -> Path:
    """Who may do what on the S3 port: `{"identities": [{name, credentials: [{accessKey, secretKey}], actions}]}`.

    Andon's own entry comes first; `services.enclaves` adds one for each tenant.
    """
    return state.folder("s3") / "identities.json"


def part(state: State) -> Part:
    folder = state.folder("s3")
    ports = {name: state.port(f"s3-{name}", also=_GRPC_OFFSET) for name in _INNER}
    ports["s3"] = state.port("s3", also=_GRPC_OFFSET)
    arguments = [
        f"-dir={state.folder('s3/data')}",
        "-ip=127.0.0.1",
        "-ip.bind=127.0.0.1",
        "-disableHttp",
        "-master.telemetry=false",
        "-master.resumeState=false",  # it learns all from the volumes again; resuming costs 2 % of a core at rest
        "-admin.ui=false",
        "-webdav=false",
        "-filer.maxMB=1",  # of a chunk; each write takes a buffer of that size, and most objects are a few KiB
        "-s3.port.iceberg=0",
        "-s3.port.lance=0",
        "-s3.iam=false",  # else a tenant's credential may make itself more keys
        "-s3.autoCreateBucket=false",
        f"-s3.config={identities_file(state)}",
        f"-s3.localSocket={state.run / 's3.sock'}",
        f"-filer.localSocket={state.run / 'filer.sock'}",
        *(f"-{name}.port={port}" for name, port in ports.items()),
    ]
    return Part(
        name="s3",
        layer=0,
        argv=(binary("weed"), "-logtostderr=true", "mini", *arguments),
        # Much below, its collector works all the time: half a core at the demo's pace instead of a sixth.
        env={"HOME": str(folder), "GOMEMLIMIT": "384MiB"},
        cwd=folder,  # security.toml is read from here
        prepare=lambda: _configure(state, folder),
        ready=lambda: asyncio.to_thread(_write_and_read, state),
    )


async def _configure(state: State, folder: Path) -> None:
    _sweep(state)
    ensure(state, folder)
    state.write_private(folder / "security.toml", _security(state, folder))
    file = identities_file(state)
    if not file.exists():
        credential = {"accessKey": ADMIN, "secretKey": state.secret("s3-admin")}
        actions = ["Admin", "Read", "Write", "List", "Tagging"]
        state.write_private(
            file, json.dumps({"identities": [{"name": ADMIN, "credentials": [credential], "actions": actions}]})
        )


def _sweep(state: State) -> None:
    """Removes the sockets it leaves in /tmp, its own choice of place, when it is killed."""
    for name in (*_INNER, "s3"):
        port = state.known_port(name if name == "s3" else f"s3-{name}") + _GRPC_OFFSET
        Path(f"/tmp/seaweedfs-{name}-grpc-{port}.sock").unlink(missing_ok=True)  # noqa: S108


def _security(state: State, folder: Path) -> str:
    pair = f'cert = "{folder}/tls.crt"\nkey = "{folder}/tls.key"\n'
    authority = f'ca = "{folder}/ca.crt"\n'
    text = "[access]\nui = false\n[filer.expose_directory_metadata]\nenabled = false\n"
    for name in ("signing", "signing.read", "filer_signing", "filer_signing.read"):
        text += f'[jwt.{name}]\nkey = "{state.secret("s3-jwt-" + name)}"\n'
    text += f"[grpc]\n{authority}"
    text += "".join(f"[grpc.{name}]\n{pair}" for name in _GRPC)
    for name in _HTTPS:
        text += f"[https.{name}]\n{'enabled = true' if name == 'client' else ''}\n{pair}{authority}"
    return text


def _write_and_read(state: State) -> None:
    """Ready means that an object can be written: the port alone answers before the store behind it does."""
    client = admin_client(state)
    if not client.bucket_exists(_PROBE_BUCKET):
        client.make_bucket(_PROBE_BUCKET)
    client.put_object(_PROBE_BUCKET, "probe", io.BytesIO(b"ready"), 5)
    response = client.get_object(_PROBE_BUCKET, "probe")
    try:
        response.read()
    finally:
        response.close()
        response.release_conn()
