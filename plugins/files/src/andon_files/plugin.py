"""What this plugin offers."""

from andon_files.settings import Files
from andon_sdk.connector import Connector, Source
from andon_sdk.plugin import hook


def opened(settings: Files) -> Source:
    from andon_files.source import FolderSource  # noqa: PLC0415  every process loads plugins, few open a source

    return FolderSource(settings)


@hook
def connectors() -> list[Connector]:
    return [
        Connector(
            key="files",
            title="Drop folder",
            settings=Files,
            open=opened,
            help="Reads CSV (plain or gzip) and Parquet files that are put into a folder, and moves them aside.",
            rows_of_time=True,
            consumes=True,
        )
    ]
