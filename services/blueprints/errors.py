"""What can be wrong with a plugin, or with what is asked of one."""

from services.kernel.errors import DomainError, Invalid, NotFound


class PluginBroken(DomainError):
    """An installed plugin cannot be used, so the process does not start. Facts: `plugin`, `hook` if one is to blame."""

    code = "PLUGIN_BROKEN"


class BlueprintNotFound(NotFound):
    code = "BLUEPRINT_NOT_FOUND"


class UnknownParameter(Invalid):
    """Facts: `blueprint`, `known` (the keys it has)."""

    code = "UNKNOWN_PARAMETER"


class ParameterOutOfRange(Invalid):
    """Facts: `value`, `low`, `high`, `whole`."""

    code = "PARAMETER_OUT_OF_RANGE"
