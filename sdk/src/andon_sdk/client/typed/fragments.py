from datetime import datetime
from typing import Any, Optional

from pydantic import Field

from .base_model import BaseModel
from .enums import (
    AlarmState,
    EventKind,
    EventSource,
    ExportFormat,
    ExportOf,
    Health,
    Importance,
    ImportFormat,
    JobKind,
    JobState,
    RunState,
    WebhookEndpointState,
)


class AlarmFacts(BaseModel):
    id: str
    rule: str
    state: AlarmState
    raised_at: datetime = Field(alias="raisedAt")
    cleared_at: Optional[datetime] = Field(alias="clearedAt")
    cleared_because: Optional[str] = Field(alias="clearedBecause")
    shelved_until: Optional[datetime] = Field(alias="shelvedUntil")
    peak: float
    acknowledged_by: Optional[str] = Field(alias="acknowledgedBy")
    acknowledged_at: Optional[datetime] = Field(alias="acknowledgedAt")
    top: list["AlarmFactsTop"]
    asset: "AlarmFactsAsset"


class AlarmFactsTop(BaseModel):
    signal: str
    share: float


class AlarmFactsAsset(BaseModel):
    id: str
    key: str


class AssetFacts(BaseModel):
    id: str
    key: str
    title: str
    site: str
    line: str
    created_at: datetime = Field(alias="createdAt")
    labels: list["AssetFactsLabels"]
    contract: "AssetFactsContract"
    health: "AssetFactsHealth"


class AssetFactsLabels(BaseModel):
    key: str
    value: str


class AssetFactsContract(BaseModel):
    id: str
    key: str
    version: int


class AssetFactsHealth(BaseModel):
    health: Health
    last_row_at: Optional[datetime] = Field(alias="lastRowAt")
    value: Optional[float]
    coverage: Optional[float]
    missing: list[str]


class ContractFacts(BaseModel):
    id: str
    key: str
    title: str
    version: int
    digest: str
    created_at: datetime = Field(alias="createdAt")
    period_s: float = Field(alias="periodS")
    signals: list["ContractFactsSignals"]


class ContractFactsSignals(BaseModel):
    key: str
    title: str
    unit: str
    low: float
    high: float
    importance: Importance
    exogenous: bool


class DeploymentFacts(BaseModel):
    promoted_at: Optional[datetime] = Field(alias="promotedAt")
    wanted_generation: int = Field(alias="wantedGeneration")
    applied_generation: int = Field(alias="appliedGeneration")
    refusal: Optional[str]
    settled: bool
    asset: "DeploymentFactsAsset"
    champion: Optional["DeploymentFactsChampion"]
    previous: Optional["DeploymentFactsPrevious"]


class DeploymentFactsAsset(BaseModel):
    id: str
    key: str


class DeploymentFactsChampion(BaseModel):
    id: str
    number: int


class DeploymentFactsPrevious(BaseModel):
    id: str
    number: int


class EndpointFacts(BaseModel):
    id: str
    url: str
    description: str
    types: list[str]
    state: WebhookEndpointState
    reason: Optional[str]
    created_at: datetime = Field(alias="createdAt")


class EventFacts(BaseModel):
    id: str
    kind: EventKind
    time: datetime
    end: Optional[datetime]
    note: str
    part: Optional[str]
    begins_regime: bool = Field(alias="beginsRegime")
    source: EventSource
    recorded_by: str = Field(alias="recordedBy")
    recorded_at: datetime = Field(alias="recordedAt")
    retracted_at: Optional[datetime] = Field(alias="retractedAt")
    corrections: int


class ExportFacts(BaseModel):
    id: str
    job_kind: JobKind = Field(alias="jobKind")
    job_state: JobState = Field(alias="jobState")
    progress: float
    created_by: str = Field(alias="createdBy")
    created_at: datetime = Field(alias="createdAt")
    started_at: Optional[datetime] = Field(alias="startedAt")
    ended_at: Optional[datetime] = Field(alias="endedAt")
    cancellable: bool
    counts: "ExportFactsCounts"
    problem: Optional["ExportFactsProblem"]
    of: ExportOf
    contract: str
    format: ExportFormat
    start: datetime
    end: datetime
    assets: int
    rows: int
    bytes_: Optional[float] = Field(alias="bytes")
    sha_256: Optional[str] = Field(alias="sha256")
    file_url: Optional[str] = Field(alias="fileUrl")
    expires_at: Optional[datetime] = Field(alias="expiresAt")


class ExportFactsCounts(BaseModel):
    done: int
    total: Optional[int]
    unit: str


class ExportFactsProblem(BaseModel):
    code: str
    message: str


class ImportFacts(BaseModel):
    id: str
    job_kind: JobKind = Field(alias="jobKind")
    job_state: JobState = Field(alias="jobState")
    progress: float
    created_by: str = Field(alias="createdBy")
    created_at: datetime = Field(alias="createdAt")
    started_at: Optional[datetime] = Field(alias="startedAt")
    ended_at: Optional[datetime] = Field(alias="endedAt")
    cancellable: bool
    counts: "ImportFactsCounts"
    problem: Optional["ImportFactsProblem"]
    contract: str
    file_format: ImportFormat = Field(alias="fileFormat")
    file_sha_256: str = Field(alias="fileSha256")
    file_bytes: float = Field(alias="fileBytes")
    rows: int
    stored: int
    quarantined: int
    refused: int
    duplicates: int
    results_url: Optional[str] = Field(alias="resultsUrl")
    expires_at: Optional[datetime] = Field(alias="expiresAt")


class ImportFactsCounts(BaseModel):
    done: int
    total: Optional[int]
    unit: str


class ImportFactsProblem(BaseModel):
    code: str
    message: str


class PipelineVersionFacts(BaseModel):
    id: str
    version: str
    number: int
    content: str
    bytes_: int = Field(alias="bytes")
    title: str
    summary: str
    blueprints: list[str]
    registered_by: str = Field(alias="registeredBy")
    registered_at: datetime = Field(alias="registeredAt")
    proof: Optional["PipelineVersionFactsProof"]
    pipeline: "PipelineVersionFactsPipeline"


class PipelineVersionFactsProof(BaseModel):
    proven: bool
    tolerance: float
    snapshot: str
    metrics: list["PipelineVersionFactsProofMetrics"]


class PipelineVersionFactsProofMetrics(BaseModel):
    key: str
    value: float


class PipelineVersionFactsPipeline(BaseModel):
    id: str
    name: str
    version: str
    former_version: Optional[str] = Field(alias="formerVersion")
    enabled: bool


class Problem(BaseModel):
    code: str
    message: str
    field: Optional[str]
    facts: Any


class RunFacts(BaseModel):
    id: str
    blueprint: str
    blueprint_version: str = Field(alias="blueprintVersion")
    start: datetime
    end: datetime
    seed: int
    state: RunState
    progress: float
    message: str
    snapshot_digest: Optional[str] = Field(alias="snapshotDigest")
    created_by: str = Field(alias="createdBy")
    created_at: datetime = Field(alias="createdAt")
    started_at: Optional[datetime] = Field(alias="startedAt")
    ended_at: Optional[datetime] = Field(alias="endedAt")
    asset_count: int = Field(alias="assetCount")
    borrows: bool
    challengers: int
    champions: int
    parameters: list["RunFactsParameters"]


class RunFactsParameters(BaseModel):
    key: str
    value: float


AlarmFacts.model_rebuild()
AssetFacts.model_rebuild()
ContractFacts.model_rebuild()
DeploymentFacts.model_rebuild()
EndpointFacts.model_rebuild()
EventFacts.model_rebuild()
ExportFacts.model_rebuild()
ImportFacts.model_rebuild()
PipelineVersionFacts.model_rebuild()
Problem.model_rebuild()
RunFacts.model_rebuild()
