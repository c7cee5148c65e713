from typing import Optional

from pydantic import Field

from .base_model import BaseModel


class Pipelines(BaseModel):
    pipelines: "PipelinesPipelines"


class PipelinesPipelines(BaseModel):
    page_info: "PipelinesPipelinesPageInfo" = Field(alias="pageInfo")
    edges: list["PipelinesPipelinesEdges"]


class PipelinesPipelinesPageInfo(BaseModel):
    has_next_page: bool = Field(alias="hasNextPage")
    end_cursor: Optional[str] = Field(alias="endCursor")


class PipelinesPipelinesEdges(BaseModel):
    node: "PipelinesPipelinesEdgesNode"


class PipelinesPipelinesEdgesNode(BaseModel):
    id: str
    name: str
    version: str
    enabled: bool
    versions: list["PipelinesPipelinesEdgesNodeVersions"]


class PipelinesPipelinesEdgesNodeVersions(BaseModel):
    id: str
    version: str
    number: int
    content: str


Pipelines.model_rebuild()
PipelinesPipelines.model_rebuild()
PipelinesPipelinesEdges.model_rebuild()
PipelinesPipelinesEdgesNode.model_rebuild()
