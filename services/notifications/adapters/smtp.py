"""Handing a mail to a server once, by SMTP (RFC 5321), over a connection to an address that was judged.

The protocol is the standard library's, in a thread: a mail is a handful of lines, and there are few.
"""

import asyncio
import base64
import smtplib
import socket
import ssl
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from contextlib import suppress
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP

from services.kernel.outward import NoAnswer, Outward, judged
from services.notifications.contracts import MailSecurity
from services.notifications.model import clean

ANSWER_S = 15.0
"""Longest wait for one answer of the server."""
TOTAL_S = 40.0
"""Longest time for a mail."""
_LONGEST_ERROR = 500
_PERMANENT = 500
_READY, _WELCOME = 220, 235


@dataclass(frozen=True, slots=True)
class Way:
    """A mail server and how to come in."""

    host: str
    port: int
    security: MailSecurity
    sender: str
    username: str | None
    password: str | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one try."""

    taken: bool
    """By the server, for one recipient at least."""
    error: str | None = None
    """For people, with the server's own words."""
    final: bool = False
    """Another try would come to the same."""


def letter(sender: str, recipients: Sequence[str], subject: str, body: str, message_id: str) -> EmailMessage:
    """`message_id` is the same on every try, so that a server can tell one that it has."""
    message = EmailMessage(policy=SMTP)
    message["From"] = f"Andon <{sender}>"
    message["To"] = ", ".join(recipients)
    message["Subject"] = subject
    message["Message-ID"] = f"<{message_id}@{sender.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: nobody's absence note answers it
    message.set_content(body)
    return message


async def send(
    way: Way, message: EmailMessage, recipients: Sequence[str], outward: Outward, threads: Executor
) -> Outcome:
    """Tries once. Whatever goes wrong on the way or over there is in the answer and not raised."""
    try:
        encrypted = way.security is not MailSecurity.NONE
        async with asyncio.timeout(ANSWER_S):
            addresses = await judged(outward.reach, outward.resolve, way.host, way.port, encrypted=encrypted)
    except NoAnswer as error:
        return Outcome(False, str(error), final=True)
    except (OSError, UnicodeError):
        return Outcome(False, f"The name {way.host} cannot be resolved.")
    hand = asyncio.get_running_loop().run_in_executor
    try:
        refused = await hand(threads, _handed, way, message, recipients, addresses, outward.tls)
    except (OSError, UnicodeError, smtplib.SMTPException) as error:
        return _judged(error, way)
    return Outcome(True, _refusals(refused) if refused else None)


def _judged(error: Exception, way: Way) -> Outcome:
    """What a failure says. Who may log in may be put right over there, and then what waits goes through."""
    match error:
        case smtplib.SMTPRecipientsRefused():
            final = all(code >= _PERMANENT for code, _ in error.recipients.values())
            return Outcome(False, _refusals(error.recipients), final)
        case smtplib.SMTPAuthenticationError():
            return Outcome(False, f"The server refused the login: {_said(error.smtp_code, error.smtp_error)}")
        case smtplib.SMTPResponseException():
            final = error.smtp_code >= _PERMANENT
            return Outcome(False, f"The server answered {_said(error.smtp_code, error.smtp_error)}", final)
        case smtplib.SMTPNotSupportedError():
            return Outcome(False, f"The server does not offer what is needed: {error}", final=True)
        case ssl.SSLError():
            return Outcome(False, f"There is no trusted TLS connection to {way.host}: {error.reason or error}.")
        case _:
            said = clean(str(error), _LONGEST_ERROR) or type(error).__name__
            return Outcome(False, f"The connection failed: {said}")


def _handed(
    way: Way, message: EmailMessage, recipients: Sequence[str], addresses: Sequence[str], tls: ssl.SSLContext
) -> dict[str, tuple[int, bytes]]:
    """Blocks. Answers whom the server refused while it took the mail for others."""
    with _connected(addresses, way.port) as plain:
        line = tls.wrap_socket(plain, server_hostname=way.host) if way.security is MailSecurity.TLS else plain
        client = _Client(line)
        with client.ended_after(TOTAL_S):
            client.greet(way.host, way.port)
            if way.security is MailSecurity.STARTTLS:
                client.starttls(context=tls)
                client.ehlo()
            if way.username is not None and way.password is not None:
                client.come_in(way.username, way.password)
            refused = client.sendmail(way.sender, recipients, message.as_bytes())
            with suppress(smtplib.SMTPException, OSError):
                client.quit()  # it has the mail: what it says now changes nothing
            return refused


def _connected(addresses: Sequence[str], port: int) -> socket.socket:
    """To the first address that can be reached."""
    for address in addresses[:-1]:
        try:
            return socket.create_connection((address, port), ANSWER_S)
        except OSError:
            continue
    return socket.create_connection((addresses[-1], port), ANSWER_S)


class _Client(smtplib.SMTP):
    """Speaks over a connection that was made for it."""

    def __init__(self, line: socket.socket) -> None:
        super().__init__(local_hostname="andon", timeout=ANSWER_S)
        self._line = line

    def greet(self, host: str, port: int) -> None:
        """Raises `SMTPConnectError`."""
        self._host = host  # what TLS is verified against
        code, said = self.connect(host, port)
        if code != _READY:
            raise smtplib.SMTPConnectError(code, said)
        self.ehlo()

    def come_in(self, username: str, password: str) -> None:
        """By PLAIN (RFC 4616) where it is offered: the library would take ASCII only, and after a refusal try one way
        after another, each of which a server may answer late. Raises `SMTPAuthenticationError`."""
        if "PLAIN" not in self.esmtp_features.get("auth", "").split():
            self.login(username, password)
            return
        told = base64.b64encode(f"\0{username}\0{password}".encode()).decode()
        code, said = self.docmd("AUTH", f"PLAIN {told}")
        if code != _WELCOME:
            raise smtplib.SMTPAuthenticationError(code, said)

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        return self._line

    def ended_after(self, seconds: float) -> "_Deadline":
        return _Deadline(self, seconds)


class _Deadline:
    """A server that answers a byte in every few seconds would hold a thread for ever."""

    def __init__(self, client: smtplib.SMTP, seconds: float) -> None:
        self._client = client
        self._timer = threading.Timer(seconds, self._cut)

    def __enter__(self) -> None:
        self._timer.start()

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()
        self._client.close()

    def _cut(self) -> None:
        if (line := self._client.sock) is not None:
            with suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)


def _said(code: int, text: bytes | str) -> str:
    words = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    return f"{code} {clean(words, _LONGEST_ERROR)}"


def _refusals(refused: Mapping[str, tuple[int, bytes]]) -> str:
    each = [f"{address}: {_said(code, said)}" for address, (code, said) in refused.items()]
    return clean(f"Refused for {'; '.join(each)}", _LONGEST_ERROR)
