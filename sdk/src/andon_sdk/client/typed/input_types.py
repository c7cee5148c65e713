from datetime import datetime
from typing import Optional

from pydantic import Field

from .base_model import BaseModel
from .enums import (
    EdgeDestinationState,
    EdgeSourceState,
    EventKind,
    EventLabel,
    ExportFormat,
    ExportOf,
    Importance,
    ImportFormat,
    ImportPolicy,
    StartFrom,
    TimeUnit,
)


class AcknowledgeAlarmInput(BaseModel):
    idempotency_key: Optional[str] = Field(alias="idempotencyKey", default=None)
    "Up to 200 characters of yours. Sent again within 24 hours with the same input, the mutation answers what it answered and does nothing; with another input it is refused."
    alarm_id: str = Field(alias="alarmId")


class CancelJobInput(BaseModel):
    idempotency_key: Optional[str] = Field(alias="idempotencyKey", default=None)
    "Up to 200 characters of yours. Sent again within 24 hours with the same input, the mutation answers what it answered and does nothing; with another input it is refused."
    job_id: str = Field(alias="jobId")


class CancelRunInput(BaseModel):
    idempotency_key: Optional[str] = Field(alias="idempotencyKey", default=None)
    "Up to 200 characters of yours. Sent again within 24 hours with the same input, the mutation answers what it answered and does nothing; with another input it is refused."
    run_id: str = Field(alias="runId")


class CorrectEventInput(BaseModel):
    idempotency_key: Optional[str] = Field(alias="idempotencyKey", default=None)
    "Up to 200 characters of yours. Sent again within 24 hours with the same input, the mutation answers what it answered and does nothing; with another input it is refused."
    event_id: str = Field(alias="eventId")
    kind: EventKind
    time: datetime
    end: Optional[datetime] = None
    note: str = ""
    part: Optional[str] = None
    begins_regime: Optional[bool] = Field(alias="beginsRegime", default=None)
    "Whether the old normal is gone. Null: yes for a replaced part and a recipe change, else no."


class CreateAssetsInput(BaseModel):
    idempotency_key: Optional[str] = Field(alias="idempotencyKey", default=None)
    "Up to 200 characters of yours. Sent again within 24 hours with the same input, the mutation answers what it answered and does nothing; with another input it is refused."
    assets: list["NewAssetInput"]


class CreateWebhookEndpointInput(BaseModel):
    idempotency_key: Optional[str] = Field(alias="idempotencyKey", default=None)
    "Up to 200 characters of yours. Sent again within 24 hours with the same input, the mutation answers what it answered and does nothing; with another input it is refused."
    url: str
    "`https://…`, to a public address."
    types: list[str]
    "Of news that it is to get; `webhookTypes` lists them."
    description: str = ""


class DeleteWebhookEndpointInput(BaseModel):
    idempotency_key: Optional[str] = Field(alias="idempotencyKey", default=None)
    "Up to 200 characters of yours. Sent again within 24 hours with the same input, the mutation answers what it answered and does nothing; with another input it is refused."
    endpoint_id: str = Field(alias="endpointId")


class EdgeDestinationInput(BaseModel):
    name: str
    destination: str
    state: EdgeDestinationState
    why: str = ""
    since: Optional[datetime] = None
    waiting: int = 0
    delivered: int = 0
    put_aside: int = Field(alias="putAside", default=0)


class EdgeSourceInput(BaseModel):
    name: str
    connector: str
    state: EdgeSourceState
    since: datetime
    why: str = ""
    tags: int = 0
    silent: int = 0
    waiting: int = 0
    stored: int = 0
    quarantined: int = 0
    refused: int = 0
    last_refusal: str = Field(alias="lastRefusal", default="")
    oldest: list["EdgeTagAgeInput"] = Field(default_factory=lambda: [])


class EdgeTagAgeInput(BaseModel):
    tag: str
    age_s: Optional[float] = Field(alias="ageS", default=None)


class LabelInput(BaseModel):
    key: str
    "1 to 63 of a-z, 0-9, _ . -, a letter first."
    value: str
    "At most 63 printable characters."


class LabelRangeInput(BaseModel):
    idempotency_key: Optional[str] = Field(alias="idempotencyKey", default=None)
    "Up to 200 characters of yours. Sent again within 24 hours with the same input, the mutation answers what it answered and does nothing; with another input it is refused."
    asset_ids: list[str] = Field(alias="assetIds")
    "At most 1,000."
    label: EventLabel
    start: datetime
    end: datetime
    note: str = ""


class NewAssetInput(BaseModel):
    key: str
    title: str
    site: str
    line: str
    contract: str
    "Key of the contract its readings keep to."
    labels: list["LabelInput"] = Field(default_factory=lambda: [])
    "At most 32."


class NewEventInput(BaseModel):
    asset_id: str = Field(alias="assetId")
    kind: EventKind
    time: datetime
    "Source time, in the past; of a label the start."
    end: Optional[datetime] = None
    "Of a label."
    note: str = ""
    part: Optional[str] = None
    begins_regime: Optional[bool] = Field(alias="beginsRegime", default=None)
    "Whether the old normal is gone. Null: yes for a replaced part and a recipe change, else no."


class OverrideInput(BaseModel):
    asset_id: str = Field(alias="assetId")
    parameters: list["ParameterInput"]


class ParameterInput(BaseModel):
    key: str
    value: float


class PingWebhookEndpointInput(BaseModel):
    idempotency_key: Optional[str] = Field(alias="idempotencyKey", default=None)
    "Up to 200 characters of yours. Sent again within 24 hours with the same input, the mutation answers what it answered and does nothing; with another input it is refused."
    endpoint_id: str = Field(alias="endpointId")


class PromoteInput(BaseModel):
    idempotency_key: Optional[str] = Field(alias="idempotencyKey", default=None)
    "Up to 200 characters of yours. Sent again within 24 hours with the same input, the mutation answers what it answered and does nothing; with another input it is refused."
    asset_id: str = Field(alias="assetId")
    version_id: str = Field(alias="versionId")


class PromoteRunInput(BaseModel):
    idempotency_key: Optional[str] = Field(alias="idempotencyKey", default=None)
    "Up to 200 characters of yours. Sent again within 24 hours with the same input, the mutation answers what it answered and does nothing; with another input it is refused."
    run_id: str = Field(alias="runId")


class PromoteShadowsInput(BaseModel):
    idempotency_key: Optional[str] = Field(alias="idempotencyKey", default=None)
    "Up to 200 characters of yours. Sent again within 24 hours with the same input, the mutation answers what it answered and does nothing; with another input it is refused."
    shadows: list["VersionOfAsset"]
    "Such as `fleetShadows { agreed }`."


class PutContractInput(BaseModel):
    idempotency_key: Optional[str] = Field(alias="idempotencyKey", default=None)
    "Up to 200 characters of yours. Sent again within 24 hours with the same input, the mutation answers what it answered and does nothing; with another input it is refused."
    key: str
    title: str
    signals: list["SignalInput"]
    period_s: float = Field(alias="periodS")


class RecordEventInput(BaseModel):
    idempotency_key: Optional[str] = Field(alias="idempotencyKey", default=None)
    "Up to 200 characters of yours. Sent again within 24 hours with the same input, the mutation answers what it answered and does nothing; with another input it is refused."
    asset_id: str = Field(alias="assetId")
    kind: EventKind
    time: datetime
    note: str = ""
    part: Optional[str] = None
    begins_regime: Optional[bool] = Field(alias="beginsRegime", default=None)
    "Whether the old normal is gone. Null: yes for a replaced part and a recipe change, else no."


class RecordEventsInput(BaseModel):
    idempotency_key: Optional[str] = Field(alias="idempotencyKey", default=None)
    "Up to 200 characters of yours. Sent again within 24 hours with the same input, the mutation answers what it answered and does nothing; with another input it is refused."
    events: list["NewEventInput"]
    "At most 1,000, of any assets."


class RegisterPipelineInput(BaseModel):
    idempotency_key: Optional[str] = Field(alias="idempotencyKey", default=None)
    "Up to 200 characters of yours. Sent again within 24 hours with the same input, the mutation answers what it answered and does nothing; with another input it is refused."
    upload_id: str = Field(alias="uploadId")
    "Of the staged wheel."
    file_name: str = Field(alias="fileName")
    "The wheel's own, such as `drill_wear-1.0-py3-none-any.whl`."


class ReportPlantEdgeInput(BaseModel):
    idempotency_key: Optional[str] = Field(alias="idempotencyKey", default=None)
    "Up to 200 characters of yours. Sent again within 24 hours with the same input, the mutation answers what it answered and does nothing; with another input it is refused."
    name: str
    "The edge's own; the same after every restart."
    version: str
    started_at: datetime = Field(alias="startedAt")
    sources: list["EdgeSourceInput"] = Field(default_factory=lambda: [])
    destinations: list["EdgeDestinationInput"] = Field(default_factory=lambda: [])


class RetractEventInput(BaseModel):
    idempotency_key: Optional[str] = Field(alias="idempotencyKey", default=None)
    "Up to 200 characters of yours. Sent again within 24 hours with the same input, the mutation answers what it answered and does nothing; with another input it is refused."
    event_id: str = Field(alias="eventId")


class SetLabelsInput(BaseModel):
    idempotency_key: Optional[str] = Field(alias="idempotencyKey", default=None)
    "Up to 200 characters of yours. Sent again within 24 hours with the same input, the mutation answers what it answered and does nothing; with another input it is refused."
    asset_ids: list[str] = Field(alias="assetIds")
    "At most 1,000."
    set_: list["LabelInput"] = Field(alias="set", default_factory=lambda: [])
    "Added, or given their new values."
    remove: list[str] = Field(default_factory=lambda: [])
    "Keys; one that is not there is no error."


class ShelveAlarmInput(BaseModel):
    idempotency_key: Optional[str] = Field(alias="idempotencyKey", default=None)
    "Up to 200 characters of yours. Sent again within 24 hours with the same input, the mutation answers what it answered and does nothing; with another input it is refused."
    alarm_id: str = Field(alias="alarmId")
    until: datetime


class SignalInput(BaseModel):
    key: str
    title: str
    unit: str
    low: float
    high: float
    importance: Importance = Importance.IMPORTANT
    exogenous: bool = False


class StageUploadInput(BaseModel):
    idempotency_key: Optional[str] = Field(alias="idempotencyKey", default=None)
    "Up to 200 characters of yours. Sent again within 24 hours with the same input, the mutation answers what it answered and does nothing; with another input it is refused."


class StartExportInput(BaseModel):
    idempotency_key: Optional[str] = Field(alias="idempotencyKey", default=None)
    "Up to 200 characters of yours. Sent again within 24 hours with the same input, the mutation answers what it answered and does nothing; with another input it is refused."
    of: ExportOf
    contract: str
    "Key of the contract."
    start: datetime
    end: datetime
    format: ExportFormat = ExportFormat.PARQUET
    asset_ids: list[str] = Field(alias="assetIds", default_factory=lambda: [])
    "Empty: all, or `labels`."
    labels: Optional[str] = None
    "A label query instead of ids."


class StartImportInput(BaseModel):
    idempotency_key: Optional[str] = Field(alias="idempotencyKey", default=None)
    "Up to 200 characters of yours. Sent again within 24 hours with the same input, the mutation answers what it answered and does nothing; with another input it is refused."
    upload_id: str = Field(alias="uploadId")
    contract: str
    "Key of the contract that the rows keep to."
    format: ImportFormat
    policy: ImportPolicy = ImportPolicy.REJECT_FAILED_ROWS
    time_unit: Optional[TimeUnit] = Field(alias="timeUnit", default=None)
    "What numbers in `time` count. Without it they are refused, and so are times without a zone."
    units: list["UnitInput"] = Field(default_factory=lambda: [])
    "Of signals that come in another unit than the contract's."


class StartRunInput(BaseModel):
    idempotency_key: Optional[str] = Field(alias="idempotencyKey", default=None)
    "Up to 200 characters of yours. Sent again within 24 hours with the same input, the mutation answers what it answered and does nothing; with another input it is refused."
    blueprint: str
    "Key of the blueprint."
    asset_ids: list[str] = Field(alias="assetIds")
    start: datetime
    end: datetime
    parameters: list["ParameterInput"] = Field(default_factory=lambda: [])
    overrides: list["OverrideInput"] = Field(default_factory=lambda: [])
    "Epochs, learning rate and drop share that single assets of the run have instead."
    seed: int = 0
    start_from: StartFrom = Field(alias="startFrom", default=StartFrom.NOTHING)
    "`CHAMPION` updates: each asset's model starts from its champion, and rows the champion learned from are mixed in. It must be of the same blueprint version and contract version."
    override_reason: Optional[str] = Field(alias="overrideReason", default=None)
    "Takes a range that does not fit, for this reason, which is kept and audited. Needs `EDIT_BLUEPRINTS`."


class StartShadowInput(BaseModel):
    idempotency_key: Optional[str] = Field(alias="idempotencyKey", default=None)
    "Up to 200 characters of yours. Sent again within 24 hours with the same input, the mutation answers what it answered and does nothing; with another input it is refused."
    asset_id: str = Field(alias="assetId")
    version_id: str = Field(alias="versionId")


class StopShadowInput(BaseModel):
    idempotency_key: Optional[str] = Field(alias="idempotencyKey", default=None)
    "Up to 200 characters of yours. Sent again within 24 hours with the same input, the mutation answers what it answered and does nothing; with another input it is refused."
    asset_id: str = Field(alias="assetId")
    version_id: str = Field(alias="versionId")


class UndoPromotionInput(BaseModel):
    idempotency_key: Optional[str] = Field(alias="idempotencyKey", default=None)
    "Up to 200 characters of yours. Sent again within 24 hours with the same input, the mutation answers what it answered and does nothing; with another input it is refused."
    asset_id: str = Field(alias="assetId")


class UndoPromotionsInput(BaseModel):
    idempotency_key: Optional[str] = Field(alias="idempotencyKey", default=None)
    "Up to 200 characters of yours. Sent again within 24 hours with the same input, the mutation answers what it answered and does nothing; with another input it is refused."
    promoted: list["VersionOfAsset"]
    "What was promoted."


class UndoRunInput(BaseModel):
    idempotency_key: Optional[str] = Field(alias="idempotencyKey", default=None)
    "Up to 200 characters of yours. Sent again within 24 hours with the same input, the mutation answers what it answered and does nothing; with another input it is refused."
    run_id: str = Field(alias="runId")


class UnitInput(BaseModel):
    signal: str
    unit: str


class UnshelveAlarmInput(BaseModel):
    idempotency_key: Optional[str] = Field(alias="idempotencyKey", default=None)
    "Up to 200 characters of yours. Sent again within 24 hours with the same input, the mutation answers what it answered and does nothing; with another input it is refused."
    alarm_id: str = Field(alias="alarmId")


class VersionOfAsset(BaseModel):
    """A version, and the asset that it is of."""

    asset_id: str = Field(alias="assetId")
    version_id: str = Field(alias="versionId")


CreateAssetsInput.model_rebuild()
EdgeSourceInput.model_rebuild()
NewAssetInput.model_rebuild()
OverrideInput.model_rebuild()
PromoteShadowsInput.model_rebuild()
PutContractInput.model_rebuild()
RecordEventsInput.model_rebuild()
ReportPlantEdgeInput.model_rebuild()
SetLabelsInput.model_rebuild()
StartImportInput.model_rebuild()
StartRunInput.model_rebuild()
UndoPromotionsInput.model_rebuild()
