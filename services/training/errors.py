"""What can be wrong with a request for training."""

from services.kernel.errors import Conflict, Invalid, NotFound


class RunNotFound(NotFound):
    code = "RUN_NOT_FOUND"


class NoAssets(Invalid):
    code = "NO_ASSETS"


class TooManyAssets(Invalid):
    """Facts: `limit`."""

    code = "TOO_MANY_ASSETS"


class RangeInvalid(Invalid):
    """The range is empty, reversed, too long or in the future. Facts: `start`, `end`."""

    code = "RANGE_INVALID"


class ContractMismatch(Invalid):
    """The blueprint reads another contract than an asset keeps to. Facts: `asset`, `blueprint`, `contract`."""

    code = "CONTRACT_MISMATCH"


class SeedInvalid(Invalid):
    code = "SEED_INVALID"


class OverrideOutsideRun(Invalid):
    """An asset that the run does not train was given parameters. Facts: `asset`."""

    code = "OVERRIDE_OUTSIDE_RUN"


class ParameterOfWholeRun(Invalid):
    """One asset was given a parameter that only the whole run may set. Facts: `asset`, `allowed`."""

    code = "PARAMETER_OF_WHOLE_RUN"


class LendersInvalid(Invalid):
    """Models cannot be lent as asked."""

    code = "LENDERS_INVALID"


class CannotUpdate(Invalid):
    """A run was to start from champions, and an asset's is none it could start from. Facts: `asset`, `reason`."""

    code = "CANNOT_UPDATE"


class AssetInTraining(Conflict):
    """An asset has an active run already. Facts: `asset`, `run`."""

    code = "ASSET_IN_TRAINING"


class RangeDoesNotFit(Conflict):
    """The range does not suit, and nobody who may overrode that. Facts: `factor`, `sentence`, `betterStart`,
    `betterEnd`."""

    code = "RANGE_DOES_NOT_FIT"


class OverrideInvalid(Invalid):
    """The reason for an override is empty or too long."""

    code = "OVERRIDE_INVALID"


class RunEnded(Conflict):
    """Facts: `state`."""

    code = "RUN_ENDED"


class IllegalTransition(Exception):
    """A defect of ours, not of a request: a run was to go from a state to one that cannot follow."""
