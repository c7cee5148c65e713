from enum import Enum


class AlarmState(str, Enum):
    ACTIVE = "ACTIVE"
    ACKNOWLEDGED = "ACKNOWLEDGED"
    SHELVED = "SHELVED"
    CLEARED = "CLEARED"


class EdgeDestinationState(str, Enum):
    WORKS = "WORKS"
    FAILING = "FAILING"
    REFUSED = "REFUSED"


class EdgeMappedIn(str, Enum):
    FILE = "FILE"
    PORTAL = "PORTAL"


class EdgeSourceState(str, Enum):
    STARTING = "STARTING"
    CONNECTED = "CONNECTED"
    WAITING = "WAITING"
    REFUSED = "REFUSED"


class EventKind(str, Enum):
    PART_REPLACED = "PART_REPLACED"
    MAINTENANCE = "MAINTENANCE"
    RECIPE_CHANGE = "RECIPE_CHANGE"
    FAILURE = "FAILURE"
    ABNORMAL = "ABNORMAL"
    NORMAL = "NORMAL"


class EventLabel(str, Enum):
    ABNORMAL = "ABNORMAL"
    NORMAL = "NORMAL"


class EventSource(str, Enum):
    PORTAL = "PORTAL"
    API = "API"
    RULE = "RULE"


class ExportFormat(str, Enum):
    PARQUET = "PARQUET"
    CSV = "CSV"


class ExportOf(str, Enum):
    READINGS = "READINGS"
    SCORES = "SCORES"


class Health(str, Enum):
    ALARM = "ALARM"
    SILENT = "SILENT"
    BLIND = "BLIND"
    NORMAL = "NORMAL"
    NO_MODEL = "NO_MODEL"


class ImportFormat(str, Enum):
    CSV = "CSV"
    PARQUET = "PARQUET"
    ARROW = "ARROW"


class ImportPolicy(str, Enum):
    IGNORE_FAILED = "IGNORE_FAILED"
    REJECT_FAILED_ROWS = "REJECT_FAILED_ROWS"


class Importance(str, Enum):
    ESSENTIAL = "ESSENTIAL"
    IMPORTANT = "IMPORTANT"
    OPTIONAL = "OPTIONAL"


class JobKind(str, Enum):
    RUN = "RUN"
    ROLLOUT = "ROLLOUT"
    IMPORT = "IMPORT"
    EXPORT = "EXPORT"


class JobState(str, Enum):
    WAITING = "WAITING"
    RUNNING = "RUNNING"
    PAUSED = "PAUSED"
    CANCELLING = "CANCELLING"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"


class Permission(str, Enum):
    VIEW = "VIEW"
    QUERY = "QUERY"
    INGEST = "INGEST"
    SCORE = "SCORE"
    RECORD_EVENT = "RECORD_EVENT"
    HANDLE_ALARM = "HANDLE_ALARM"
    TRAIN = "TRAIN"
    PROMOTE = "PROMOTE"
    EDIT_PLANT = "EDIT_PLANT"
    EDIT_BLUEPRINTS = "EDIT_BLUEPRINTS"
    OPEN_CAPSULES = "OPEN_CAPSULES"
    MANAGE_MEMBERS = "MANAGE_MEMBERS"
    MANAGE_KEYS = "MANAGE_KEYS"
    READ_AUDIT = "READ_AUDIT"
    MANAGE_WEBHOOKS = "MANAGE_WEBHOOKS"
    MANAGE_NOTIFICATIONS = "MANAGE_NOTIFICATIONS"
    MANAGE_PLUGINS = "MANAGE_PLUGINS"
    REGISTER_PIPELINES = "REGISTER_PIPELINES"
    USE_WORKBENCH = "USE_WORKBENCH"


class Recovery(str, Enum):
    NEEDS_MODEL = "NEEDS_MODEL"
    RETRAINING = "RETRAINING"
    SHADOW = "SHADOW"
    RECOVERED = "RECOVERED"


class Role(str, Enum):
    OPERATOR = "OPERATOR"
    ENGINEER = "ENGINEER"
    ADMIN = "ADMIN"
    PARTNER = "PARTNER"


class RowOutcome(str, Enum):
    QUARANTINED = "QUARANTINED"
    REFUSED = "REFUSED"


class RunState(str, Enum):
    QUEUED = "QUEUED"
    FREEZING = "FREEZING"
    STARTING = "STARTING"
    TRAINING = "TRAINING"
    CHECKING = "CHECKING"
    CANCELLING = "CANCELLING"
    SUCCEEDED = "SUCCEEDED"
    STOPPED = "STOPPED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"


class StartFrom(str, Enum):
    NOTHING = "NOTHING"
    CHAMPION = "CHAMPION"


class TimeUnit(str, Enum):
    SECONDS = "SECONDS"
    MILLISECONDS = "MILLISECONDS"
    MICROSECONDS = "MICROSECONDS"
    NANOSECONDS = "NANOSECONDS"


class UploadState(str, Enum):
    WAITING = "WAITING"
    RECEIVING = "RECEIVING"
    STAGED = "STAGED"
    IMPORTED = "IMPORTED"


class WebhookDeliveryState(str, Enum):
    WAITING = "WAITING"
    DELIVERED = "DELIVERED"
    FAILED = "FAILED"


class WebhookEndpointState(str, Enum):
    ACTIVE = "ACTIVE"
    PAUSED = "PAUSED"
    DISABLED = "DISABLED"
