"""What can go wrong with the plant model."""

from services.kernel.errors import Conflict, Invalid, NotFound


class AssetNotFound(NotFound):
    code = "ASSET_NOT_FOUND"


class AssetExists(Conflict):
    code = "ASSET_EXISTS"


class AssetInvalid(Invalid):
    code = "ASSET_INVALID"


class ContractNotFound(NotFound):
    code = "CONTRACT_NOT_FOUND"


class ContractNarrowed(Conflict):
    """A new version drops or redefines a signal that stored rows already have."""

    code = "CONTRACT_NARROWED"


class EventNotFound(NotFound):
    code = "EVENT_NOT_FOUND"


class EventInFuture(Invalid):
    code = "EVENT_IN_FUTURE"
