"""The only door to plugins: what they declare, which of it a tenant uses, and what they did that they must not."""

from services.kernel.clock import utc_now
from services.plugins import found, host
from services.plugins.contracts import NEXT, Declared, Fault, FaultKind, Installation


def core() -> list[Declared]:
    """What is installed with Andon and can be used, by name."""
    return host.hosting().declared(found.core())


def note_clash(plugin: Installation, hook: str, message: str) -> None:
    """That a plugin was left out, since another holds a key that it declares."""
    kind = FaultKind.WRONG_ANSWER
    fault = Fault(plugin.name, plugin.version, hook, kind, message, NEXT[kind], utc_now())
    host.hosting().faults.note(plugin, fault)


def core_problems() -> list[Fault]:
    """Why plugins that are installed with Andon cannot be used."""
    problems = [host.hosting().problem(each) for each in found.core()]
    return [each for each in problems if each is not None]
