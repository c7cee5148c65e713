"""What a person says about a Modbus device: where it is, and the map of its registers."""

from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

WORDS = {
    "bool": 1, "int16": 1, "uint16": 1, "int32": 2, "uint32": 2, "float32": 2, "int64": 4, "uint64": 4, "float64": 4,
}  # fmt: skip
"""Registers of 16 bits that a value of a type takes."""
LAST_ADDRESS = 65_535
BIT_KINDS = ("coil", "discrete")


class Register(BaseModel):
    """One value of the map: a tag."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    tag: str = Field(min_length=1, description="Its name, unique in the map")
    kind: Literal["holding", "input", "coil", "discrete"] = Field("holding", description="Which of the four tables")
    address: int = Field(ge=0, le=LAST_ADDRESS, description="As on the wire, from 0: what manuals call 40001 is 0")
    type: Literal[
        "bool", "int16", "uint16", "int32", "uint32", "int64", "uint64", "float32", "float64"
    ] = Field("uint16", description="What its registers mean")  # fmt: skip
    device: int | None = Field(None, ge=0, le=255, description="Unit id behind a gateway, if not the connection's")
    word_order: Literal["big", "little"] = Field("big", description="Which register of a long value comes first")
    byte_order: Literal["big", "little"] = Field("big", description="Which byte of a register comes first")
    bit: int | None = Field(None, ge=0, le=15, description="One bit of a register; 0 is its lowest")
    scale: float = Field(1.0, description="What the number is multiplied with")
    offset: float = Field(0.0, description="What is added then")
    unit: str | None = Field(None, description="Of the scaled value")
    title: str = Field("", description="For people")

    @property
    def words(self) -> int:
        return WORDS[self.type]

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        if self.kind in BIT_KINDS and (self.type != "bool" or self.bit is not None):
            raise ValueError(f"{self.tag}: a {self.kind} is one bit: its type is bool, and it has no bit")
        if self.kind not in BIT_KINDS and (self.type == "bool") != (self.bit is not None):
            raise ValueError(f"{self.tag}: a register's bool needs its bit, and only a bool has one")
        if self.address + self.words - 1 > LAST_ADDRESS:
            raise ValueError(f"{self.tag}: {self.type} at {self.address} goes past the last address, {LAST_ADDRESS}")
        return self


class ModbusSettings(BaseModel):
    """Settings of one Modbus TCP connection. Times are seconds."""

    model_config = ConfigDict(extra="forbid")

    host: str = Field(min_length=1, description="Address of the device or gateway")
    port: int = Field(502, ge=1, le=65_535, description="Its port")
    device: int = Field(1, ge=0, le=255, description="Unit id of tags that name none")
    period: float = Field(1.0, ge=0.01, le=86_400, description="Time between two readings of a tag")
    timeout: float = Field(3.0, gt=0, le=300, description="How long an answer may take")
    gap: int = Field(8, ge=0, le=100, description="Registers nobody asked for that are read to save a request")
    longest: int = Field(100, ge=4, le=125, description="Registers of one request at most")
    tags: list[Register] = Field(min_length=1, max_length=50_000, description="The map of registers")

    @model_validator(mode="after")
    def _unique(self) -> Self:
        names = [register.tag for register in self.tags]
        if len(set(names)) < len(names):
            double = next(name for name in names if names.count(name) > 1)
            raise ValueError(f"the tag {double} is there twice: each needs a name of its own")
        return self
