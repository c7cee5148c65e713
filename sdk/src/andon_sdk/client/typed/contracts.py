from .base_model import BaseModel
from .fragments import ContractFacts


class Contracts(BaseModel):
    contracts: list["ContractsContracts"]


ContractsContracts = ContractFacts
Contracts.model_rebuild()
