from typing import Optional

from .base_model import BaseModel
from .enums import Permission, Role


class Who(BaseModel):
    me: "WhoMe"
    tenant: "WhoTenant"


class WhoMe(BaseModel):
    kind: str
    name: str
    role: Optional[Role]
    permissions: list[Permission]


class WhoTenant(BaseModel):
    id: str
    slug: str
    name: str


Who.model_rebuild()
