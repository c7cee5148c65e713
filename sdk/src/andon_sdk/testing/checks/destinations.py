"""Destinations: settings that stand anything, and sinks that fail as they should when there is nobody."""

import tempfile
from pathlib import Path

from andon_sdk.testing.checks.away import opened_nowhere, settings_of
from andon_sdk.testing.checks.forms import form
from andon_sdk.testing.finding import Seen
from andon_sdk.testing.subject import Subject


def destinations(subject: Subject) -> Seen:
    """Form, opening to nowhere, closing twice, for every destination."""
    for destination in subject.declared("destinations"):
        from andon_sdk.destination import DestinationUnavailable, SettingsRefused  # noqa: PLC0415 - an extra of its own

        where = f"destination {destination.key}"
        yield from form(f"{where}, settings", destination.settings)
        if not destination.help.strip():
            yield where, "It has no help.", "Say in a sentence or two what it does with the news of alarms."
        if not destination.moments:
            yield where, "It makes use of no moment.", "Name the moments of alarms that it is for."
        settings = settings_of(destination.settings)
        if settings is None:
            continue
        told = (DestinationUnavailable, SettingsRefused)
        with tempfile.TemporaryDirectory() as folder:
            own = Path(folder)
            yield from opened_nowhere(where, lambda made=destination, of=settings, at=own: made.open(of, at), told)
