from typing import Literal, Union

from pydantic import Field

from .base_model import BaseModel
from .fragments import (  # noqa: F401
    PipelineVersionFacts,
    PipelineVersionFactsPipeline,
    PipelineVersionFactsProof,
    Problem,
)


class RegisterPipeline(BaseModel):
    register_pipeline: Union[
        "RegisterPipelineRegisterPipelinePipelineVersion",
        "RegisterPipelineRegisterPipelineNotFoundError",
        "RegisterPipelineRegisterPipelineForbiddenError",
        "RegisterPipelineRegisterPipelineInvalidError",
        "RegisterPipelineRegisterPipelineConflictError",
        "RegisterPipelineRegisterPipelineExhaustedError",
        "RegisterPipelineRegisterPipelineUnavailableError",
    ] = Field(alias="registerPipeline", discriminator="typename__")


class RegisterPipelineRegisterPipelinePipelineVersion(PipelineVersionFacts):
    typename__: Literal["PipelineVersion"] = Field(alias="__typename")


class RegisterPipelineRegisterPipelineNotFoundError(Problem):
    typename__: Literal["NotFoundError"] = Field(alias="__typename")


class RegisterPipelineRegisterPipelineForbiddenError(Problem):
    typename__: Literal["ForbiddenError"] = Field(alias="__typename")


class RegisterPipelineRegisterPipelineInvalidError(Problem):
    typename__: Literal["InvalidError"] = Field(alias="__typename")


class RegisterPipelineRegisterPipelineConflictError(Problem):
    typename__: Literal["ConflictError"] = Field(alias="__typename")


class RegisterPipelineRegisterPipelineExhaustedError(Problem):
    typename__: Literal["ExhaustedError"] = Field(alias="__typename")


class RegisterPipelineRegisterPipelineUnavailableError(Problem):
    typename__: Literal["UnavailableError"] = Field(alias="__typename")


RegisterPipeline.model_rebuild()
