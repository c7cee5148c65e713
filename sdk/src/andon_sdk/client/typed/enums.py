from enum import Enum


class AlarmState(str, Enum):
    ACTIVE = "ACTIVE"
    ACKNOWLEDGED = "ACKNOWLEDGED"
    SHELVED = "SHELVED"
    CLEARED = "CLEARED"


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


class Health(str, Enum):
    ALARM = "ALARM"
    SILENT = "SILENT"
    BLIND = "BLIND"
    NORMAL = "NORMAL"
    NO_MODEL = "NO_MODEL"


class Importance(str, Enum):
    ESSENTIAL = "ESSENTIAL"
    IMPORTANT = "IMPORTANT"
    OPTIONAL = "OPTIONAL"


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
    MANAGE_MEMBERS = "MANAGE_MEMBERS"
    MANAGE_KEYS = "MANAGE_KEYS"
    READ_AUDIT = "READ_AUDIT"
    MANAGE_WEBHOOKS = "MANAGE_WEBHOOKS"


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


class WebhookDeliveryState(str, Enum):
    WAITING = "WAITING"
    DELIVERED = "DELIVERED"
    FAILED = "FAILED"


class WebhookEndpointState(str, Enum):
    ACTIVE = "ACTIVE"
    PAUSED = "PAUSED"
    DISABLED = "DISABLED"
