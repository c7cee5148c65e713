from typing import Optional

from .base_model import BaseModel
from .fragments import ContractFacts


class Contract(BaseModel):
    contract: Optional["ContractContract"]


ContractContract = ContractFacts
Contract.model_rebuild()
