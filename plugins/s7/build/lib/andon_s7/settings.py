"""What a person says about a controller: where it is, and which of its bytes mean what."""

from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from andon_s7.addresses import Address, parse

Type = Literal["bool", "int8", "uint8", "int16", "uint16", "int32", "uint32", "float32", "float64"]


class Variable(BaseModel):
    """One value of the controller: a tag."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    tag: str = Field(min_length=1, description="Its name, unique in the list")
    address: str = Field(description="As Siemens writes it: DB10.DBD4, DB10.DBX2.3, MW20, I0.1")
    type: Type | None = Field(None, description="If not bool for a bit, uint8 for a B, int16 for a W, float32 for a D")
    scale: float = Field(1.0, description="What the number is multiplied with")
    offset: float = Field(0.0, description="What is added then")
    unit: str | None = Field(None, description="Of the scaled value")
    title: str = Field("", description="For people")

    @property
    def place(self) -> Address:
        return parse(self.address, self.type)

    @model_validator(mode="after")
    def _can_be_read(self) -> Self:
        parse(self.address, self.type)
        return self


class S7Settings(BaseModel):
    """Settings of one controller. Times are seconds."""

    model_config = ConfigDict(extra="forbid")

    host: str = Field(min_length=1, description="Address of the controller")
    port: int = Field(102, ge=1, le=65_535, description="Its port")
    rack: int = Field(0, ge=0, le=7, description="Rack of the CPU")
    slot: int = Field(1, ge=0, le=31, description="Slot of the CPU: 1 for S7-1200 and 1500, 2 for S7-300")
    period: float = Field(1.0, ge=0.01, le=86_400, description="Time between two readings of a tag")
    timeout: float = Field(3.0, gt=0, le=300, description="How long an answer may take")
    gap: int = Field(32, ge=0, le=200, description="Bytes nobody asked for that are read to save a request")
    longest: int = Field(200, ge=8, le=8_000, description="Bytes of one group at most")
    tags: list[Variable] = Field(min_length=1, max_length=50_000, description="What to read")

    @model_validator(mode="after")
    def _unique(self) -> Self:
        names = [variable.tag for variable in self.tags]
        if len(set(names)) < len(names):
            double = next(name for name in names if names.count(name) > 1)
            raise ValueError(f"the tag {double} is there twice: each needs a name of its own")
        return self
