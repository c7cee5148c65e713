from typing import Literal, Union

from pydantic import Field

from .base_model import BaseModel
from .fragments import (
    ContractFacts,
    ContractFactsSignals,  # noqa: F401
    Problem,
)


class PutContract(BaseModel):
    put_contract: Union[
        "PutContractPutContractContract",
        "PutContractPutContractNotFoundError",
        "PutContractPutContractForbiddenError",
        "PutContractPutContractInvalidError",
        "PutContractPutContractConflictError",
        "PutContractPutContractExhaustedError",
        "PutContractPutContractUnavailableError",
    ] = Field(alias="putContract", discriminator="typename__")


class PutContractPutContractContract(ContractFacts):
    typename__: Literal["Contract"] = Field(alias="__typename")


class PutContractPutContractNotFoundError(Problem):
    typename__: Literal["NotFoundError"] = Field(alias="__typename")


class PutContractPutContractForbiddenError(Problem):
    typename__: Literal["ForbiddenError"] = Field(alias="__typename")


class PutContractPutContractInvalidError(Problem):
    typename__: Literal["InvalidError"] = Field(alias="__typename")


class PutContractPutContractConflictError(Problem):
    typename__: Literal["ConflictError"] = Field(alias="__typename")


class PutContractPutContractExhaustedError(Problem):
    typename__: Literal["ExhaustedError"] = Field(alias="__typename")


class PutContractPutContractUnavailableError(Problem):
    typename__: Literal["UnavailableError"] = Field(alias="__typename")


PutContract.model_rebuild()
