"""What can go wrong with the plant model."""

from services.kernel.errors import Conflict, Invalid, NotFound


class AssetNotFound(NotFound):
    code = "ASSET_NOT_FOUND"


class AssetExists(Conflict):
    code = "ASSET_EXISTS"


class AssetInvalid(Invalid):
    code = "ASSET_INVALID"


class LabelInvalid(Invalid):
    """A key or value cannot be a label's; `label` names the key."""

    code = "LABEL_INVALID"


class TooManyLabels(Invalid):
    code = "TOO_MANY_LABELS"


class TooManyAssets(Invalid):
    """More assets than one change takes."""

    code = "TOO_MANY_ASSETS"


class LabelQueryInvalid(Invalid):
    """`position` counts characters from 1; `expected` says what could stand there."""

    code = "LABEL_QUERY_INVALID"


class ContractNotFound(NotFound):
    code = "CONTRACT_NOT_FOUND"


class ContractNarrowed(Conflict):
    """A new version drops or redefines a signal that stored rows already have."""

    code = "CONTRACT_NARROWED"
