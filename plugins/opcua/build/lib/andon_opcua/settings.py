"""What a person says about an OPC UA server."""

from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator


class OpcUaSettings(BaseModel):
    """Settings of one OPC UA server. Times are seconds."""

    model_config = ConfigDict(extra="forbid")

    url: str = Field(pattern=r"^opc\.tcp://", description="Address of the server, as in opc.tcp://plc7:4840")
    security: Literal["none", "sign", "sign-and-encrypt"] = Field(
        "none", description="What is done to messages. `none` is for networks that nobody else can reach."
    )
    policy: Literal["Basic256Sha256", "Aes128Sha256RsaOaep", "Aes256Sha256RsaPss"] = Field(
        "Basic256Sha256", description="The algorithms, where messages are signed"
    )
    certificates: Path = Field(
        Path("opcua-certificates"),
        description="Folder of the client's own certificate and key, made on first start, and of pinned servers",
    )
    certificate: Path | None = Field(None, description="A certificate of your own (.der or .pem), with `private_key`")
    private_key: Path | None = Field(None, description="Its key (.der or .pem)")
    server_certificate: str | None = Field(
        None,
        description="SHA-256 fingerprint of the server's certificate, in hex. Without it the first one seen is pinned",
    )
    username: str | None = Field(None, description="User name, where the server wants one")
    password: SecretStr | None = Field(None, description="Its password")
    plain_password: bool = Field(False, description="Allow a password to cross the network unencrypted")
    sampling: float = Field(1.0, ge=0, le=3600, description="How often the server looks at each tag; 0 is its fastest")
    publishing: float = Field(1.0, ge=0.05, le=3600, description="How often the server sends what changed")
    queue: int | None = Field(
        None,
        ge=1,
        le=100_000,
        description="Changes of a tag that wait in the server; by default those of ten publishings",
    )
    every_update: bool = Field(
        False, description="Send a value whose time changed, too, and not only one whose value or status changed"
    )
    history: bool = Field(True, description="After an outage, read what was missed from the server's history")
    root: str = Field("i=85", description="Node from which tags are listed")
    most_tags: int = Field(100_000, ge=1, le=1_000_000, description="Where listing tags stops")
    timeout: float = Field(10.0, gt=0, le=300, description="How long an answer may take")
    silence: float = Field(
        15.0, ge=1, le=3600, description="How long the server may stay silent before it counts as away"
    )

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        if (self.certificate is None) != (self.private_key is None):
            raise ValueError("certificate and private_key go together: give both, or neither to have them made")
        if self.password is not None and self.username is None:
            raise ValueError("a password without a username: give both")
        if self.password is not None and self.security != "sign-and-encrypt" and not self.plain_password:
            raise ValueError(
                "the password could cross the network unencrypted: set security to sign-and-encrypt, "
                "or plain_password to true if nobody else can reach this network"
            )
        if self.silence <= self.publishing:
            raise ValueError("silence must be longer than publishing, or a server that works counts as away")
        return self

    @property
    def queue_size(self) -> int:
        """Changes that may wait for a tag; the default holds ten publishing intervals, and ten changes at least."""
        if self.queue is not None:
            return self.queue
        return max(10, round(10 * self.publishing / self.sampling)) if self.sampling else 1_000
