"""Connectors: settings that stand anything, and sources that fail as they should when there is nobody."""

from andon_sdk.testing.checks.away import opened_nowhere, settings_of
from andon_sdk.testing.checks.forms import form
from andon_sdk.testing.finding import Seen
from andon_sdk.testing.subject import Subject


def connectors(subject: Subject) -> Seen:
    """Form, opening to nowhere, closing twice, for every connector."""
    for connector in subject.declared("connectors"):
        from andon_sdk.connector import SettingsRefused, SourceUnavailable  # noqa: PLC0415 - an extra of its own

        where = f"connector {connector.key}"
        yield from form(f"{where}, settings", connector.settings)
        if not connector.help.strip():
            yield where, "It has no help.", "Say in a sentence or two which systems it is for."
        settings = settings_of(connector.settings)
        if settings is not None:
            told = (SourceUnavailable, SettingsRefused)
            yield from opened_nowhere(where, lambda made=connector, of=settings: made.open(of), told)
