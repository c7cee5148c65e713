"""Which nodes of a server show the alarms of which assets."""

from pydantic import Field

from andon_opcua.settings import OpcUaSettings

Value = bool | int | float


class AlarmSettings(OpcUaSettings):
    """A server, and which of its nodes show the alarms of which assets."""

    nodes: dict[str, str] = Field(min_length=1, description="Address of the node of each asset, by the asset's key")
    on: Value = Field(True, description="Written while the asset's alarm asks for somebody")
    off: Value = Field(False, description="Written when it was acknowledged, shelved or cleared")
    interlock: str | None = Field(
        None, description="Node that is read before each write; without the value below nothing is written"
    )
    interlock_is: Value = Field(True, description="What the interlock must say")
    pause: float = Field(1.0, ge=0, le=3600, description="Seconds between two writes of a node, at least")
