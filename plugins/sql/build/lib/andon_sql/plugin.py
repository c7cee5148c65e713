"""What this plugin offers."""

from andon_sdk.connector import Connector
from andon_sdk.destination import Destination
from andon_sdk.plugin import hook
from andon_sql.alarms import Alarms, AlarmSettings
from andon_sql.settings import Sql
from andon_sql.source import SqlSource


@hook
def connectors() -> list[Connector]:
    return [
        Connector(
            key="sql",
            title="PostgreSQL",
            settings=Sql,
            open=SqlSource,
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
            open=Alarms,
            help="A row of a table for each notice of an alarm.",
        )
    ]
