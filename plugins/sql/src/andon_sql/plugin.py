"""What this plugin offers."""

from pathlib import Path

from andon_sdk.connector import Connector, Source
from andon_sdk.destination import Destination, Sink
from andon_sdk.plugin import hook
from andon_sql.alarm_settings import AlarmSettings
from andon_sql.settings import Sql


def opened(settings: Sql) -> Source:
    from andon_sql.source import SqlSource  # noqa: PLC0415  every process loads plugins, few open a source

    return SqlSource(settings)


def alarms(settings: AlarmSettings, folder: Path) -> Sink:
    from andon_sql.alarms import Alarms  # noqa: PLC0415  as above

    return Alarms(settings, folder)


@hook
def connectors() -> list[Connector]:
    return [
        Connector(
            key="sql",
            title="PostgreSQL",
            settings=Sql,
            open=opened,
            help="Asks a database again and again for the rows that are newer than those it has. It only reads.",
            rows_of_time=True,
        )
    ]


@hook
def destinations() -> list[Destination]:
    return [
        Destination(
            key="sql-alarms",
            title="PostgreSQL",
            settings=AlarmSettings,
            open=alarms,
            help="A row of a table for each notice of an alarm.",
        )
    ]
