from datetime import datetime
from typing import Literal, Union

from pydantic import Field

from .base_model import BaseModel
from .enums import UploadState
from .fragments import Problem


class StageUpload(BaseModel):
    stage_upload: Union[
        "StageUploadStageUploadStagedUpload",
        "StageUploadStageUploadNotFoundError",
        "StageUploadStageUploadForbiddenError",
        "StageUploadStageUploadInvalidError",
        "StageUploadStageUploadConflictError",
        "StageUploadStageUploadExhaustedError",
        "StageUploadStageUploadUnavailableError",
    ] = Field(alias="stageUpload", discriminator="typename__")


class StageUploadStageUploadStagedUpload(BaseModel):
    typename__: Literal["StagedUpload"] = Field(alias="__typename")
    url: str
    max_bytes: float = Field(alias="maxBytes")
    upload: "StageUploadStageUploadStagedUploadUpload"


class StageUploadStageUploadStagedUploadUpload(BaseModel):
    id: str
    state: UploadState
    expires_at: datetime = Field(alias="expiresAt")


class StageUploadStageUploadNotFoundError(Problem):
    typename__: Literal["NotFoundError"] = Field(alias="__typename")


class StageUploadStageUploadForbiddenError(Problem):
    typename__: Literal["ForbiddenError"] = Field(alias="__typename")


class StageUploadStageUploadInvalidError(Problem):
    typename__: Literal["InvalidError"] = Field(alias="__typename")


class StageUploadStageUploadConflictError(Problem):
    typename__: Literal["ConflictError"] = Field(alias="__typename")


class StageUploadStageUploadExhaustedError(Problem):
    typename__: Literal["ExhaustedError"] = Field(alias="__typename")


class StageUploadStageUploadUnavailableError(Problem):
    typename__: Literal["UnavailableError"] = Field(alias="__typename")


StageUpload.model_rebuild()
StageUploadStageUploadStagedUpload.model_rebuild()
