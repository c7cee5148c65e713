from typing import Optional

from .base_model import BaseModel
from .fragments import RunFacts


class Run(BaseModel):
    run: Optional["RunRun"]


RunRun = RunFacts
Run.model_rebuild()
