"""Whether a trail is as it was written."""

import hashlib

from services.audit import repository
from services.audit.contracts import Anchor, Finding, Verified
from services.audit.repository import Link
from services.kernel.uow import UnitOfWork

_MOST = 100


def digest(before: str, link: Link) -> str:
    """As the database made it at the commit: lines of the digest before, the record, its changes."""
    lines = [before, link.content, *([link.parts] if link.parts is not None else [])]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


async def verify(uow: UnitOfWork, anchor: Anchor | None) -> Verified:
    """Walks the whole trail of the unit's tenant; each record that was edited is found by itself."""
    findings: list[Finding] = []
    number, last, changes, at_anchor = 0, "", 0, None
    async for link in repository.walk(uow):
        if link.number != number + 1:
            gap = f"{number + 1}" if link.number == number + 2 else f"{number + 1} to {link.number - 1}"
            findings.append(Finding(link.number, f"Before record {link.number} is a gap: {gap} is missing."))
        elif digest(last, link) != link.digest:
            findings.append(Finding(link.number, f"Record {link.number} or one of its changes was edited."))
        number, last, changes = link.number, link.digest or "", changes + link.changes
        if anchor is not None and number == anchor.number:
            at_anchor = last
    findings += await _of_the_end(uow)
    if anchor is not None and at_anchor != anchor.digest:
        findings.append(_against(anchor, number, at_anchor))
    return Verified(number, changes, tuple(findings[:_MOST]))


async def _of_the_end(uow: UnitOfWork) -> list[Finding]:
    findings = []
    number, agreed = await repository.end(uow)
    if not agreed:
        known = head.number if (head := await repository.head(uow)) else 0
        findings.append(Finding(None, f"The newest record is {number}, and the database's own head says {known}."))
    if strays := await repository.strays(uow):
        findings.append(Finding(None, f"{strays} changes belong to no record: it was removed, or they were added."))
    return findings


def _against(anchor: Anchor, number: int, at_anchor: str | None) -> Finding:
    when = anchor.at.strftime("%Y-%m-%d %H:%M:%S UTC")
    if at_anchor is None:
        what = f"The trail ends at record {number}; at {when} it went to {anchor.number}. Its end was cut off."
    else:
        what = f"Record {anchor.number} is not the one of {when}: the trail was written anew up to there."
    return Finding(anchor.number, what)
