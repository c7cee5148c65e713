"""Sends notices by Apprise, to one address."""

from pathlib import Path

import apprise

from andon_apprise.settings import Settings
from andon_sdk.destination import DestinationUnavailable, Notice, SettingsRefused, detail, headline

_SERVICES = """
discord gchat gotify gotifys json jsons line mailto mailtos matrix matrixs mmost mmosts ntfy ntfys
opsgenie pagerduty pover rocket rockets ryver signal signals signl4 slack splunk tgram twilio victorops voipms vonage
workflow workflows wxteams xml xmls zulip
"""
SCHEMES = frozenset(_SERVICES.split())
"""What an address may begin with: services that are reached over the network by the address alone. Others of Apprise
run programs or show windows on this computer."""


class Apprise:
    def __init__(self, settings: Settings, folder: Path) -> None:
        self._url = settings.url.get_secret_value()
        self._service: apprise.Apprise | None = None

    async def open(self) -> None:
        scheme = self._url.partition("://")[0].lower()
        if scheme not in SCHEMES:
            known = ", ".join(sorted(SCHEMES))
            raise SettingsRefused(f"an address may not begin with “{scheme[:20]}”; it may with: {known}", field="url")
        service = apprise.Apprise(asset=apprise.AppriseAsset(app_id="Andon", app_desc="Andon", secure_logging=True))
        if not service.add(self._url):
            raise SettingsRefused(
                f"Apprise cannot read this address of {scheme}://; see its page of services", field="url"
            )
        self._service = service

    async def deliver(self, notice: Notice) -> None:
        assert self._service is not None, "open comes first"
        kind = apprise.NotifyType.WARNING if notice.on else apprise.NotifyType.INFO
        with apprise.LogCapture(level=apprise.logging.WARNING, fmt="%(message)s") as said:
            sent = await self._service.async_notify(title=headline(notice), body=detail(notice), notify_type=kind)
            reason: str = said.getvalue().strip()  # type: ignore[attr-defined]  # a StringIO, as it has no path
        if not sent:
            raise DestinationUnavailable(f"Apprise could not send it: {reason or 'it does not say why'}")

    async def close(self) -> None:
        self._service = None
