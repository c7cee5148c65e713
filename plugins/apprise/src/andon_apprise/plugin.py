"""What this plugin adds to Andon."""

from pathlib import Path

from andon_apprise.settings import Settings
from andon_sdk.destination import Destination, Moment, Sink
from andon_sdk.plugin import hook


def opened(settings: Settings, folder: Path) -> Sink:
    from andon_apprise.sink import Apprise  # noqa: PLC0415  every process loads plugins, few open a sink

    return Apprise(settings, folder)


@hook
def destinations():
    return [
        Destination(
            key="apprise",
            title="Chat, push and mail",
            settings=Settings,
            open=opened,
            help="Tells of alarms in one of the services that Apprise knows, such as Slack, Teams, Telegram or ntfy.",
            moments=frozenset({Moment.RAISED, Moment.RETURNED, Moment.CLEARED}),
        )
    ]
