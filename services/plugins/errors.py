"""What can be wrong with a plugin, or with what is asked of one."""

from typing import Any

from services.kernel.clock import utc_now
from services.kernel.errors import DomainError
from services.plugins.contracts import NEXT, Fault, FaultKind


class PluginFaulty(DomainError):
    """A plugin did what it must not. Facts: `plugin`, `version`, `hook`, `kind`, `next`."""

    code = "PLUGIN_FAULTY"

    def __init__(self, plugin: str, version: str, hook: str | None, kind: FaultKind, what: str) -> None:
        self.fault = Fault(plugin, version, hook, kind, what, NEXT[kind], utc_now())
        at = f", hook {hook}" if hook else ""
        facts: dict[str, Any] = {"plugin": plugin, "version": version, "hook": hook, "kind": kind.value}
        super().__init__(f"Plugin {plugin} {version}{at}: {what} {NEXT[kind]}", **facts, next=NEXT[kind])
