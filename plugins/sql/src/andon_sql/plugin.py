"""What this plugin offers."""

from andon_sdk.connector import Connector, Source
from andon_sdk.plugin import hook
from andon_sql.settings import Sql


def opened(settings: Sql) -> Source:
    from andon_sql.source import SqlSource  # noqa: PLC0415  every process loads plugins, few open a source

    return SqlSource(settings)


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
