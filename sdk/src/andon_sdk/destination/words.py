"""A notice in words, for destinations that people read."""

from andon_sdk.destination.contracts import Moment, Notice

_HAPPENED = {
    Moment.RAISED: "alarm raised",
    Moment.ACKNOWLEDGED: "alarm acknowledged",
    Moment.SHELVED: "alarm shelved",
    Moment.RETURNED: "alarm back from its shelf",
    Moment.CLEARED: "alarm cleared",
}
_BECAUSE = {"recovered": "The machine is back to normal.", "regime_changed": "The machine was changed."}
_NAMED = 3


def headline(notice: Notice) -> str:
    """One line, such as `Laser drill 2: alarm raised`."""
    return f"{notice.title}: {_HAPPENED[notice.moment]}"


def detail(notice: Notice) -> str:
    """What is known of it, one fact a line."""
    lines = [
        f"{notice.site}, line {notice.line}, {notice.asset}",
        f"{notice.at:%Y-%m-%d %H:%M:%S %Z}, rule {notice.rule}",
    ]
    lines.append(f"Highest score so far: {notice.peak:.3g} times the border of normal.")
    if notice.top:
        named = ", ".join(f"{each.signal} ({each.share:.0%})" for each in notice.top[:_NAMED])
        lines.append(f"Most of it comes from {named}.")
    if notice.by:
        lines.append(f"Acknowledged by {notice.by}.")
    if notice.until:
        lines.append(f"Shelved until {notice.until:%Y-%m-%d %H:%M:%S %Z}.")
    if notice.because in _BECAUSE:
        lines.append(_BECAUSE[notice.because])
    return "\n".join(lines)
