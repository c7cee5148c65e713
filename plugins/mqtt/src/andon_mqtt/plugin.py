"""What the plugin offers."""

from andon_mqtt.source import MqttSource
from andon_mqtt.topic_settings import MqttSettings
from andon_sdk.connector import Connector
from andon_sdk.plugin import hook

MQTT = Connector(
    key="mqtt",
    title="MQTT",
    settings=MqttSettings,
    open=MqttSource,
    help="Topics of an MQTT broker whose payloads are JSON or plain numbers.",
)


@hook
def connectors() -> list[Connector]:
    return [MQTT]
