"""The settings of the connector for plain topics."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from andon_mqtt import topics, values
from andon_mqtt.broker import BrokerSettings
from andon_mqtt.values import TimeFormat


class TopicSettings(BaseModel):
    """One pattern of topics, and how their payloads are read. Pointers are JSON pointers (RFC 6901)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    topic: str = Field(min_length=1, description="A filter; {name} stands for one level and gives it a name.")
    tag: str = Field(
        "", description="Template of the tag's address; without it the topic, and /{name} for one of several values."
    )
    payload: Literal["json", "number"] = Field("json", description="A JSON document, or a number as plain text.")
    rows: str | None = Field(None, description="Pointer to a list of documents in one payload; others start in each.")
    value: str | None = Field(None, description="Pointer to the one value.")
    values: dict[str, str] | None = Field(None, description="Several values: {name} and pointer of each.")
    each: str | None = Field(
        None, description="Pointer to an object of which every member is a value: {name} is its key."
    )
    time: str | None = Field(None, description="Pointer to the source time; without it the time of arrival is taken.")
    time_format: TimeFormat = Field(TimeFormat.ISO, description="iso, or s, ms, us, ns since 1970.")
    time_zone: str | None = Field(None, description="Zone of times that say none, such as Europe/Berlin.")
    quality: str | None = Field(None, description="Pointer to the quality.")

    @field_validator("rows", "value", "each", "time", "quality")
    @classmethod
    def _is_pointer(cls, text: str | None) -> str | None:
        if text is not None:
            values.pointer(text)
        return text

    @model_validator(mode="after")
    def _fits(self) -> "TopicSettings":
        pattern = topics.Pattern(self.topic)
        missing = topics.fields(self.template) - {*pattern.fields, *topics.ALWAYS}
        if missing:
            raise ValueError(f"tag asks for {{{min(missing)}}}, which topic does not name")
        ways = [self.value is not None, self.values is not None, self.each is not None]
        if self.payload == "number":
            others = (*ways, self.rows is not None, self.time is not None, self.quality is not None)
            if any(others):
                raise ValueError(
                    "a payload that is a plain number has no pointers: take them out or set payload to json"
                )
        elif sum(ways) != 1:
            raise ValueError("say where the values are: one of value, values and each")
        if self.several and "name" not in topics.fields(self.template):
            raise ValueError("tag lacks {name}, so several values would be of one tag")
        for text in (self.values or {}).values():
            values.pointer(text)
        values.time_reader(self.time_format, self.time_zone)
        return self

    @property
    def several(self) -> bool:
        return self.values is not None or self.each is not None

    @property
    def template(self) -> str:
        return self.tag or ("{topic}/{name}" if self.several else "{topic}")


class MqttSettings(BrokerSettings):
    """A broker and the topics to read there."""

    topics: list[TopicSettings] = Field(min_length=1, description="Patterns; the first that matches reads a message.")
    qos: Literal[0, 1] = Field(
        1, description="1: the broker keeps what was not yet written to disk here. 0: it may be lost."
    )
    session_h: float = Field(
        72.0, ge=0, le=8_760, description="How long the broker is asked to keep messages while this edge is away."
    )
    share: str | None = Field(
        None,
        pattern=r"^[^/+#\s]+$",
        description="Group of a shared subscription (MQTT 5): edges of one group divide the messages.",
    )
    in_flight: int = Field(
        10_000, ge=1, le=65_535, description="Unacknowledged messages the broker may have out at once."
    )
    retained: Literal["timed", "never"] = Field(
        "timed", description="Retained messages: taken if their payload says its time, or never."
    )

    @field_validator("topics")
    @classmethod
    def _each_once(cls, found: list[TopicSettings]) -> list[TopicSettings]:
        filters = [topics.Pattern(one.topic).filter for one in found]
        twice = next((one for one in filters if filters.count(one) > 1), None)
        if twice:
            raise ValueError(f"two patterns are the filter {twice}")
        return found

    @model_validator(mode="after")
    def _shared_is_new(self) -> "MqttSettings":
        if self.share is not None and self.protocol != "5":
            raise ValueError("share needs protocol 5")
        return self
