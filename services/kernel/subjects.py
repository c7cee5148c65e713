"""Names on a tenant's stream account and in a tenant's bucket. One account and one bucket a tenant, so no name
carries the tenant."""

from uuid import UUID

READINGS_STREAM = "READINGS"
SCORES_STREAM = "SCORES"
DEVICES_STREAM = "DEVICES"
MQTT_STREAM = "$MQTT_msgs"
"""NATS' own, by name: it has on disk what is published with QoS 1 or 2 before the device is answered."""
MQTT_DEVICES = "$MQTT.msgs.andon.*"
DOOR_CONSUMER = "door"
"""Of what devices publish. Without it NATS would answer messages with QoS 1 and keep none of them."""
TRAIN_COMMANDS_STREAM = "TRAIN_COMMANDS"
TRAIN_PROGRESS_STREAM = "TRAIN_PROGRESS"
SERVE_WANTED_STREAM = "SERVE_WANTED"
SERVE_APPLIED_STREAM = "SERVE_APPLIED"
POSITIONS_STREAM = "POSITIONS"

TRAIN_COMMANDS = "train.command"
TRAIN_CANCEL = "train.cancel"
"""Plain (not kept) subject: the id of a run to stop. A driver that was down asks for the run's state by redelivery."""
READINGS_LAYOUT = "layout.readings"
"""On the stream of readings, and no reading: the number of scorers changes here (`serving.cluster.layout.Change`)."""
SERVE_WANTED = "serve.wanted"
SERVE_APPLIED = "serve.applied"


def readings(contract: UUID) -> str:
    return f"readings.{contract}"


def scores(contract: UUID) -> str:
    return f"scores.{contract}"


def devices(contract_key: str) -> str:
    """Where NATS puts what a device publishes over MQTT on `andon/<contract key>`."""
    return f"andon.{contract_key}"


def position(stream: str, reader: str) -> str:
    """How far a reader of a stream is that keeps its own position, and no consumer of the server's does. Body: the last
    sequence it is done with, in digits. What lies behind it may be purged."""
    return f"position.{stream}.{reader}"


def train_progress(run: UUID) -> str:
    return f"train.progress.{run}"


def run_changed(run: UUID) -> str:
    """Plain (not kept): a run's rows changed, read them again. Body: `{"run_id", "state"}` as JSON."""
    return f"runs.changed.{run}"


ANY_RUN_CHANGED = "runs.changed.*"


def job_changed(job: UUID) -> str:
    """The same of an import or export; also of a run or rollout, for changes that no other news tells."""
    return f"jobs.changed.{job}"


def history_table(contract: UUID) -> str:
    """The Delta table of a contract's readings, as a key prefix in the tenant's bucket."""
    return f"history/{contract}"


def scores_table(contract: UUID) -> str:
    return f"scores/{contract}"


def snapshot_object(digest: str, name: str) -> str:
    return f"snapshots/{digest}/{name}"


def artefact_object(digest: str, name: str) -> str:
    return f"artefacts/{digest}/{name}"


def remembered_object(consumer: str) -> str:
    """What the scorer behind a consumer remembers of its assets."""
    return f"remembered/{consumer}"


def handed_over_object(sequence: int, consumer: str) -> str:
    """The same at the place in the readings where the number of scorers changes, for those who answer from there on."""
    return f"handed-over/{sequence}/{consumer}"


ALARMS_CHANGED = "alarms.changed"
"""Plain (not kept): JSON `{alarm_id, asset_id, state}` after an alarm was raised, changed by a person, or cleared."""
