"""Where the broker is and how it is spoken to: the settings that both connectors share."""

import ssl
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

from andon_sdk.connector import SettingsRefused


class BrokerSettings(BaseModel):
    """A broker, with what it asks for."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    host: str = Field(min_length=1, description="Name or address of the broker.")
    port: int | None = Field(None, ge=1, le=65_535, description="1883, with TLS 8883, where it is not given.")
    protocol: Literal["5", "3.1.1"] = Field("5", description="Version of MQTT.")
    client_id: str = Field(
        min_length=1,
        max_length=128,
        description="The broker knows the session by it: one for each edge, the same after every restart.",
    )
    user: str | None = Field(None, description="User at the broker, if it asks for one.")
    password: SecretStr | None = Field(None, description="Password of the user.")
    tls: bool = Field(False, description="Speak TLS and check the broker's name against its certificate.")
    ca_file: Path | None = Field(None, description="Who may vouch for the broker; without it the system's authorities.")
    certificate_file: Path | None = Field(None, description="Client certificate (PEM), if the broker asks for one.")
    key_file: Path | None = Field(None, description="Private key (PEM) of the client certificate.")
    keepalive_s: int = Field(30, ge=5, le=3_600, description="Silence after which either side asks for a sign of life.")
    connect_s: float = Field(10.0, gt=0, le=120, description="How long the broker may take to answer.")
    gather_s: float = Field(0.1, ge=0.0, le=10.0, description="How long messages are gathered into a batch.")
    max_payload_bytes: int = Field(
        1_048_576, ge=128, le=67_108_864, description="Longer payloads are counted and not read."
    )
    max_waiting_bytes: int = Field(
        67_108_864, ge=1_048_576, description="What may wait in memory while the buffer writes."
    )
    browse_s: float = Field(5.0, gt=0, le=600, description="How long browsing listens.")

    @model_validator(mode="after")
    def _belongs_together(self) -> "BrokerSettings":
        if not self.tls and (self.ca_file or self.certificate_file or self.key_file):
            raise ValueError("certificates are given, but tls is false: set tls = true")
        if (self.certificate_file is None) != (self.key_file is None):
            raise ValueError("a client certificate needs both certificate_file and key_file")
        if self.password is not None and self.user is None:
            raise ValueError("password is given without user: set user")
        return self

    @property
    def address(self) -> tuple[str, int]:
        return self.host, self.port or (8883 if self.tls else 1883)

    def context(self) -> ssl.SSLContext | None:
        """How TLS is spoken; the broker's name is always checked. Raises `SettingsRefused` for a file of no use."""
        if not self.tls:
            return None
        try:
            context = ssl.create_default_context(cafile=self.ca_file)
        except OSError as error:  # ssl.SSLError is one
            raise SettingsRefused(f"{self.ca_file} is no use: {error}. Give a PEM file.", field="ca_file") from error
        if self.certificate_file is None or self.key_file is None:
            return context
        try:
            context.load_cert_chain(self.certificate_file, self.key_file)
        except OSError as error:
            raise SettingsRefused(
                f"{self.certificate_file} and {self.key_file} are no use: {error}. Give a PEM pair.",
                field="certificate_file",
            ) from error
        return context
