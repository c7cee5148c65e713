"""Rules of notifications: what can be told to whom, when, and when it is tried again. Pure functions."""

import ipaddress
import re
from collections.abc import Collection, Sequence
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

from services.kernel.reach import Reach
from services.notifications.contracts import MailSecurity, NewMailServer, NewSubscription, QuietHours
from services.notifications.errors import (
    MailServerForbidden,
    MailServerInvalid,
    RecipientInvalid,
    SubscriptionInvalid,
)

MOST_SUBSCRIPTIONS = 50
MOST_RECIPIENTS = 20
LONGEST_NAME = 100
LONGEST_EVERY = 24 * 60
LONGEST_SUBJECT = 150
MOST_LISTED = 20
"""Pieces of news that a mail tells of one by one; the others are counted."""
KEPT = timedelta(days=30)
"""Mails and what is in them go after so long."""
STALE = timedelta(days=2)
"""What waited for so long, because there is no server or it is paused, is told nobody."""
SCHEDULE = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=2), timedelta(hours=8))
"""What is waited after the first failure, the second, …; after the last one a mail is given up."""
_PORTS = frozenset({25, 465, 587})
_HIGHEST_PORT, _LONGEST_ADDRESS, _LONGEST_SECRET = 65_535, 254, 500
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_HOST = re.compile(rf"{_LABEL}(?:\.{_LABEL})*\.?")
_ADDRESS = re.compile(
    rf"[A-Za-z0-9!#$%&'*+/=?^_`{{|}}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{{|}}~-]+)*@{_LABEL}(?:\.{_LABEL})+"
)
_NUMBER = re.compile(r"[0-9]+|0[xX][0-9a-fA-F]*")
_CLOCK = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


def clean(text: str, longest: int) -> str:
    """One line without control characters, for names that somebody else gave."""
    line = _CONTROL.sub(" ", text).strip()
    return line if len(line) <= longest else line[: longest - 1] + "…"


def is_address(text: str) -> bool:
    """Whether mail could go there: the plain form of RFC 5321, without quotes, comments or names."""
    return len(text) <= _LONGEST_ADDRESS and _ADDRESS.fullmatch(text) is not None


def checked_server(new: NewMailServer, reach: Reach) -> NewMailServer:
    """The server in the form it is kept in. Where a name leads is judged when it is connected to.

    Raises `MailServerInvalid` or `MailServerForbidden`.
    """
    host, sender = new.host.strip().lower(), new.sender.strip()
    _check_host(host, reach)
    if new.port not in _PORTS and not 1024 <= new.port <= _HIGHEST_PORT:
        message = f"Mail goes to port 25, 465, 587 or one from 1024 up, not to {new.port}."
        raise MailServerForbidden(message, field="port")
    if new.security is MailSecurity.NONE and not reach.networks:
        message = "Mail goes over TLS or STARTTLS only. Choose one of them."
        raise MailServerForbidden(message, field="security")
    if not is_address(sender):
        raise MailServerInvalid("The sender is an address such as andon@example.com.", field="sender")
    username = (new.username or "").strip() or None
    for field, value in (("username", username), ("password", new.password)):
        if value is not None and (len(value) > _LONGEST_SECRET or _CONTROL.search(value)):
            raise MailServerInvalid(
                f"This has at most {_LONGEST_SECRET} characters, all of them printable.", field=field
            )
    if new.password is not None and username is None:
        raise MailServerInvalid("A password goes with a user name.", field="username")
    return NewMailServer(host, new.port, new.security, sender, username, new.password or None)


def _check_host(host: str, reach: Reach) -> None:
    try:
        literal = ipaddress.ip_address(host)
    except ValueError:
        if len(host) > _LONGEST_ADDRESS or not _HOST.fullmatch(host) or _NUMBER.fullmatch(host.rpartition(".")[2]):
            message = "A mail server is a host name such as smtp.example.com."
            raise MailServerInvalid(message, field="host") from None
        return
    if not reach.allows(literal):
        raise MailServerForbidden(
            f"{literal} is no public address, and the operator of this installation did not open its network.",
            field="host",
        )


def checked_subscription(new: NewSubscription) -> NewSubscription:
    """The subscription in the form it is kept in; whether its members and labels are good is asked of others.

    Raises `SubscriptionInvalid`, `RecipientInvalid`.
    """
    name = new.name.strip()
    if not name or clean(name, LONGEST_NAME) != name:
        message = f"A subscription has a name of at most {LONGEST_NAME} characters on one line."
        raise SubscriptionInvalid(message, field="name")
    if not new.types:
        raise SubscriptionInvalid("Choose at least one kind of news.", field="types")
    if not 1 <= new.every_minutes <= LONGEST_EVERY:
        message = f"At most one mail in 1 to {LONGEST_EVERY} minutes: give a whole number of these."
        raise SubscriptionInvalid(message, field="everyMinutes")
    for field, value in (("site", new.site), ("line", new.line)):
        if value is not None and clean(value, LONGEST_NAME) != value.strip():
            raise SubscriptionInvalid(f"A name has at most {LONGEST_NAME} characters on one line.", field=field)
    addresses = _checked_addresses(new.addresses)
    if not 1 <= len(addresses) + len(set(new.member_ids)) <= MOST_RECIPIENTS:
        message = f"A subscription has 1 to {MOST_RECIPIENTS} recipients."
        raise RecipientInvalid(message, field="addresses")
    return NewSubscription(
        name=name,
        types=tuple(sorted(set(new.types))),
        addresses=addresses,
        member_ids=tuple(dict.fromkeys(new.member_ids)),
        site=(new.site or "").strip() or None,
        line=(new.line or "").strip() or None,
        labels=(new.labels or "").strip() or None,
        every_minutes=new.every_minutes,
        quiet=None if new.quiet is None else _checked_quiet(new.quiet),
        paused=new.paused,
    )


def _checked_addresses(given: Sequence[str]) -> tuple[str, ...]:
    addresses = tuple(dict.fromkeys(each.strip() for each in given))
    for address in addresses:
        if not is_address(address):
            message = f"“{clean(address, 60)}” is no address that mail could go to. Write it like name@example.com."
            raise RecipientInvalid(message, field="addresses")
    return addresses


def _checked_quiet(quiet: QuietHours) -> QuietHours:
    if not (_CLOCK.fullmatch(quiet.start) and _CLOCK.fullmatch(quiet.end)) or quiet.start == quiet.end:
        message = "Quiet hours go from one time of day to another: write them like 22:00."
        raise SubscriptionInvalid(message, field="quiet")
    if quiet.zone not in available_timezones():
        message = "Name a time zone of the IANA database, such as Europe/Vienna."
        raise SubscriptionInvalid(message, field="quiet")
    return quiet


def is_quiet(quiet: QuietHours | None, now: datetime) -> bool:
    if quiet is None:
        return False
    here = now.astimezone(ZoneInfo(quiet.zone)).time()
    start, end = time.fromisoformat(quiet.start), time.fromisoformat(quiet.end)
    return start <= here < end if start < end else here >= start or here < end


def wait(tries: int) -> timedelta | None:
    """How long is waited after so many failed tries; None: it is given up."""
    return SCHEDULE[tries - 1] if tries <= len(SCHEDULE) else None


def subject_of(headlines: Sequence[str], count: int) -> str:
    """What stands above a mail about `count` pieces of news, of which these are the first."""
    first = clean(headlines[0], LONGEST_SUBJECT)
    return f"[Andon] {first}" if count == 1 else f"[Andon] {count} messages, the first: {first}"


def body_of(sections: Collection[str], count: int, footer: str) -> str:
    more = count - len(sections)
    told = [*sections, f"And {more} more, which Andon lists."] if more > 0 else list(sections)
    return "\n\n".join([*told, f"--\n{footer}"]) + "\n"
