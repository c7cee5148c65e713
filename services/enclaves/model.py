"""Names, rights and limits of an enclave: pure rules."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from services.enclaves.contracts import MOST_SCORERS, ClusterKind, StreamUser
from services.kernel import subjects
from services.kernel.ids import TenantId

TRAINER_CONSUMER = "trainer"
SCORER_CONSUMER, SHADOW_CONSUMER = "scorer", "shadow"
SCORER_CONSUMERS = (SCORER_CONSUMER, *(f"{SCORER_CONSUMER}-{number}" for number in range(1, MOST_SCORERS)))
DUPLICATE_WINDOW_S = 600.0
"""A message sent again with its id within this time is dropped by the stream."""
CREDENTIAL_FRESH_S = 30.0
"""A process that keeps a bucket open looks whether its credential is still the present one after this time."""

_MIB = 1024 * 1024
_GIB = 1024 * _MIB
_DAY_S = 86_400.0


def account_name(tenant: TenantId) -> str:
    """The stream account; users of all accounts share one name space, so they carry it too."""
    return f"tenant-{tenant.hex}"


def bucket_name(tenant: TenantId) -> str:
    return f"tenant-{tenant.hex}"


def stream_login(account: str, user: StreamUser) -> str:
    return f"{account}.{user.value}"


DEVICE_TOPIC = "andon/{contract}"
"""MQTT's writing of `kernel.subjects.devices`."""


def inbox_prefix(user: StreamUser) -> str:
    """Answers to a user's requests go under this subject, where no other restricted user can listen."""
    return "_INBOX" if user is StreamUser.PLATFORM else f"_INBOX_{user.value}"


class Retention(StrEnum):
    LIMITS = "limits"
    WORK_QUEUE = "workqueue"
    INTEREST = "interest"
    """Until every consumer has acknowledged a message."""


@dataclass(frozen=True, slots=True)
class StreamSpec:
    name: str
    subject: str | tuple[str, ...]
    max_bytes: int
    max_age_s: float = 0.0
    """0 keeps messages until another limit is met."""
    retention: Retention = Retention.LIMITS
    newest_only: bool = False
    """Keep one message a subject: the last one."""
    refuses: bool = False
    """What it does when it is full: take no further message. Others drop their oldest one."""


STREAMS = (
    StreamSpec(subjects.READINGS_STREAM, ("readings.*", subjects.READINGS_LAYOUT), 2048 * _MIB, refuses=True),
    StreamSpec(subjects.SCORES_STREAM, "scores.*", 1024 * _MIB, refuses=True),
    StreamSpec(subjects.DEVICES_STREAM, "andon.*", 512 * _MIB, 3 * _DAY_S),
    StreamSpec(
        subjects.TRAIN_COMMANDS_STREAM, subjects.TRAIN_COMMANDS, 64 * _MIB, retention=Retention.WORK_QUEUE, refuses=True
    ),
    StreamSpec(subjects.TRAIN_PROGRESS_STREAM, "train.progress.*", 128 * _MIB, 7 * _DAY_S),
    StreamSpec(subjects.SERVE_WANTED_STREAM, subjects.SERVE_WANTED, 128 * _MIB, newest_only=True),
    StreamSpec(subjects.SERVE_APPLIED_STREAM, subjects.SERVE_APPLIED, 128 * _MIB, newest_only=True),
    StreamSpec(subjects.MQTT_STREAM, "$MQTT.msgs.>", 512 * _MIB, retention=Retention.INTEREST, refuses=True),
    StreamSpec(subjects.POSITIONS_STREAM, "position.*.*", _MIB, newest_only=True),
)
"""Readings and scores have no age: the historian purges what is in history (`services.readings.room`)."""


@dataclass(frozen=True, slots=True)
class StreamRights:
    """Subjects a user may publish and subscribe to; what is not named is refused."""

    publish: tuple[str, ...]
    subscribe: tuple[str, ...]
    connection: str = "STANDARD"
    """How the user may connect: `STANDARD` (the NATS protocol) or `MQTT`."""


def _pulls(stream: str, consumer: str) -> tuple[str, ...]:
    """What pulling from one existing consumer takes. Making a consumer is not among it."""
    return (
        f"$JS.API.CONSUMER.MSG.NEXT.{stream}.{consumer}",
        f"$JS.API.CONSUMER.INFO.{stream}.{consumer}",
        f"$JS.ACK.{stream}.{consumer}.>",
    )


def _reads(stream: str) -> tuple[str, ...]:
    return (f"$JS.API.STREAM.MSG.GET.{stream}", f"$JS.API.DIRECT.GET.{stream}", f"$JS.API.DIRECT.GET.{stream}.>")


def rights_of(user: StreamUser) -> StreamRights:
    inbox = f"{inbox_prefix(user)}.>"
    match user:
        case StreamUser.PLATFORM:
            return StreamRights(publish=(">",), subscribe=(">",))
        case StreamUser.TRAINER:
            publish = (*_pulls(subjects.TRAIN_COMMANDS_STREAM, TRAINER_CONSUMER), "train.progress.*")
            return StreamRights(publish, (inbox, subjects.TRAIN_CANCEL))
        case StreamUser.SCORER:
            publish = (
                *(right for name in SCORER_CONSUMERS for right in _pulls(subjects.READINGS_STREAM, name)),
                *_pulls(subjects.READINGS_STREAM, SHADOW_CONSUMER),
                *_pulls(subjects.SERVE_WANTED_STREAM, SCORER_CONSUMER),
                *_reads(subjects.SERVE_WANTED_STREAM),
                *_reads(subjects.SERVE_APPLIED_STREAM),  # what the first scorer found, for the others
                *_reads(subjects.READINGS_STREAM),  # rows before a restart, to go on where it stood
                "scores.*",
                subjects.SERVE_APPLIED,
            )
            return StreamRights(publish, (inbox, subjects.SERVE_WANTED))
        case StreamUser.DEVICE:
            return StreamRights(publish=("andon.*",), subscribe=(), connection="MQTT")


CLUSTER_USER = {ClusterKind.TRAINING: StreamUser.TRAINER, ClusterKind.SERVING: StreamUser.SCORER}


@dataclass(frozen=True, slots=True)
class BoxLimits:
    """What a cluster may use. Figures for one machine; an operator of Kubernetes sets its own."""

    cpus: int = 2
    """Slots that Ray hands out, not a bound of the kernel's: `nice` decides who waits."""
    object_store_bytes: int = 80 * _MIB
    memory_bytes: int = 2048 * _MIB
    """Above this (proportional set size of the whole box) the box ends with a reason and is started again, as it is
    above the two that follow."""
    disk_bytes: int = 8 * _GIB
    processes: int = 512
    nice: int = 0


SCORER_BYTES = 1024 * _MIB
"""Memory of a scorer beside the first."""
LIMITS = {
    ClusterKind.TRAINING: BoxLimits(
        object_store_bytes=200 * _MIB, memory_bytes=4096 * _MIB, disk_bytes=16 * _GIB, nice=10
    ),
    ClusterKind.SERVING: BoxLimits(),
}
WORKBENCH_LIMITS = BoxLimits(memory_bytes=4096 * _MIB, disk_bytes=16 * _GIB, nice=5)
"""Of a member's workbench. The disk is that of the member's files too."""
DRIVERS = {
    ClusterKind.TRAINING: "services.training.cluster.driver",
    ClusterKind.SERVING: "services.serving.cluster.driver",
}


@dataclass(frozen=True, slots=True)
class ClusterPolicy:
    limits: dict[ClusterKind, BoxLimits] = field(default_factory=lambda: dict(LIMITS))
    drivers: dict[ClusterKind, str] = field(default_factory=lambda: dict(DRIVERS))
    training_idle: timedelta = timedelta(minutes=15)
    """A training cluster that says it is idle for this long is stopped."""
    scorers: int = 1
    """That share the assets of a tenant, each on its own part of the machine."""

    def limits_of(self, kind: ClusterKind) -> BoxLimits:
        """With memory for each scorer beyond the first."""
        limits = self.limits[kind]
        if kind is not ClusterKind.SERVING:
            return limits
        return replace(limits, memory_bytes=limits.memory_bytes + (self.scorers - 1) * SCORER_BYTES)


@dataclass(frozen=True, slots=True)
class WorkbenchPolicy:
    limits: BoxLimits = WORKBENCH_LIMITS
    idle: timedelta = timedelta(minutes=20)
    """One that nobody looks at, and in which no kernel works, is stopped after this."""
    life: timedelta = timedelta(hours=12)
    """After this a workbench is stopped whatever it does, and its key ends."""


def is_spent(
    kind: ClusterKind, idle_since: datetime | None, wanted_at: datetime, now: datetime, idle: timedelta
) -> bool:
    """Whether a cluster has had nothing to do for long enough to be stopped. Serving clusters never are."""
    if kind is not ClusterKind.TRAINING or idle_since is None:
        return False
    return now - max(idle_since, wanted_at) >= idle
