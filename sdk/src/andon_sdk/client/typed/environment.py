from .base_model import BaseModel


class Environment(BaseModel):
    environment: "EnvironmentEnvironment"


class EnvironmentEnvironment(BaseModel):
    python: str
    packages: list["EnvironmentEnvironmentPackages"]
    hardware: list["EnvironmentEnvironmentHardware"]
    own: list["EnvironmentEnvironmentOwn"]


class EnvironmentEnvironmentPackages(BaseModel):
    name: str
    version: str


class EnvironmentEnvironmentHardware(BaseModel):
    key: str
    value: str


class EnvironmentEnvironmentOwn(BaseModel):
    plugin: str
    packages: list["EnvironmentEnvironmentOwnPackages"]


class EnvironmentEnvironmentOwnPackages(BaseModel):
    name: str
    version: str


Environment.model_rebuild()
EnvironmentEnvironment.model_rebuild()
EnvironmentEnvironmentOwn.model_rebuild()
