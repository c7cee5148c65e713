"""What the plugin offers."""

from andon_mqtt import source
from andon_mqtt.alarms import Alarms, AlarmSettings
from andon_mqtt.source import MqttSource
from andon_mqtt.sparkplug import source as sparkplug
from andon_mqtt.sparkplug.source import SparkplugSettings, SparkplugSource
from andon_mqtt.topic_settings import MqttSettings
from andon_sdk.connector import Connector
from andon_sdk.destination import Destination
from andon_sdk.plugin import hook

MQTT = Connector(
    key="mqtt",
    title="MQTT",
    settings=MqttSettings,
    open=MqttSource,
    help="Topics of an MQTT broker whose payloads are JSON or plain numbers.",
    look=source.look,
)

SPARKPLUG = Connector(
    key="sparkplug-b",
    title="Sparkplug B",
    settings=SparkplugSettings,
    open=SparkplugSource,
    help="Edge nodes and devices that speak Sparkplug B 3.0 over an MQTT broker; Andon is their host application.",
    look=sparkplug.look,
)


@hook
def connectors() -> list[Connector]:
    return [MQTT, SPARKPLUG]


@hook
def destinations() -> list[Destination]:
    return [
        Destination(
            key="mqtt-alarms",
            title="MQTT",
            settings=AlarmSettings,
            open=Alarms,
            help="The news of alarms as JSON on a topic of each asset; the last one is retained.",
        )
    ]
