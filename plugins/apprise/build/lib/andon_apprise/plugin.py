"""What this plugin adds to Andon."""

from andon_apprise.sink import Apprise, Settings
from andon_sdk.destination import Destination, Moment
from andon_sdk.plugin import hook


@hook
def destinations():
    return [
        Destination(
            key="apprise",
            title="Chat, push and mail",
            settings=Settings,
            open=Apprise,
            help="Tells of alarms in one of the services that Apprise knows, such as Slack, Teams, Telegram or ntfy.",
            moments=frozenset({Moment.RAISED, Moment.RETURNED, Moment.CLEARED}),
        )
    ]
