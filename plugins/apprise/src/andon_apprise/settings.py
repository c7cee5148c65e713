"""Where one destination of this plugin leads."""

from pydantic import BaseModel, ConfigDict, Field, SecretStr


class Settings(BaseModel):
    """One address of a chat, push or mail service."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: SecretStr = Field(
        description="Address as Apprise writes it, with its token: https://appriseit.com/services. It is a secret: "
        '{ file = "…" } or { env = "…" }.'
    )
