"""What this plugin offers."""

from andon_files.settings import Files
from andon_files.source import FolderSource
from andon_sdk.connector import Connector
from andon_sdk.plugin import hook


@hook
def connectors() -> list[Connector]:
    return [
        Connector(
            key="files",
            title="Drop folder",
            settings=Files,
            open=FolderSource,
            help="Reads CSV (plain or gzip) and Parquet files that are put into a folder, and moves them aside.",
            rows_of_time=True,
            consumes=True,
        )
    ]
