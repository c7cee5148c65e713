"""What this plugin adds to Andon."""

from andon_sdk.destination import Destination
from andon_sdk.plugin import hook
from andon_tickets.settings import Settings
from andon_tickets.sink import Tickets


@hook
def destinations():
    return [
        Destination(
            key="tickets",
            title="Maintenance tickets",
            settings=Settings,
            open=Tickets,
            help="Opens a ticket in a maintenance system that speaks JSON over HTTP when an alarm is raised, and "
            "closes it when the alarm clears; with `patience_min` only for alarms that nobody acknowledges in time.",
        )
    ]
