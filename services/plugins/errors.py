"""What can be wrong with a plugin, or with what is asked of one."""

from typing import Any, Self

from services.kernel.clock import utc_now
from services.kernel.errors import Conflict, DomainError, Invalid, NotFound
from services.plugins.contracts import NEXT, Fault, FaultKind


class PluginFaulty(DomainError):
    """A plugin did what it must not. Facts: `plugin`, `version`, `hook`, `kind`, `next`."""

    code = "PLUGIN_FAULTY"

    fault: Fault

    @classmethod
    def of(cls, plugin: str, version: str, hook: str | None, kind: FaultKind, what: str) -> Self:
        """With what is to be done about such a fault."""
        at = f", hook {hook}" if hook else ""
        facts: dict[str, Any] = {"plugin": plugin, "version": version, "hook": hook, "kind": kind.value}
        error = cls(f"Plugin {plugin} {version}{at}: {what} {NEXT[kind]}", **facts, next=NEXT[kind])
        error.fault = Fault(plugin, version, hook, kind, what, NEXT[kind], utc_now())
        return error


class PackageRefused(Invalid):
    """A wheel that is not taken into the catalogue; the message says why. Facts: `state`, where it was judged."""

    code = "PACKAGE_REFUSED"


class PackageNotFound(NotFound):
    """The catalogue has no such version."""

    code = "PACKAGE_NOT_FOUND"


class PluginNotFound(NotFound):
    """Neither installed nor in the catalogue."""

    code = "PLUGIN_NOT_FOUND"


class PluginUnusable(Conflict):
    """It is there and cannot be given to a tenant. Facts: `state`, `plugin`, `version`."""

    code = "PLUGIN_UNUSABLE"


class PluginInUse(Conflict):
    """Champions of the tenant are its models. Facts: `plugin`, `assets`."""

    code = "PLUGIN_IN_USE"


class PluginClashes(Conflict):
    """It declares a key that another plugin of the tenant declares. Facts: `plugin`, `hook`."""

    code = "PLUGIN_CLASHES"


class PluginSettingsInvalid(Invalid):
    """They are not what the plugin's form asks for. Facts: `plugin`, `at`."""

    code = "PLUGIN_SETTINGS_INVALID"


class PluginNameTaken(Conflict):
    """A package that a tenant registers bears the name of a plugin of the installation. Facts: `plugin`."""

    code = "PLUGIN_NAME_TAKEN"


class OwnVersionTaken(Conflict):
    """The number is that of a version with other content. Facts: `plugin`, `version`."""

    code = "PIPELINE_VERSION_TAKEN"


class OwnVersionNotFound(NotFound):
    """The tenant registered no such package, or no such version of it."""

    code = "PIPELINE_NOT_FOUND"


class TooManyVersions(Conflict):
    """Facts: `limit`."""

    code = "TOO_MANY_PIPELINES"
