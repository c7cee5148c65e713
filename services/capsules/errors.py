"""What can be wrong with a capsule.

NotFound
├── CapsuleNotFound
├── ScoreNotFound       no version answered such a row, or the history has it no more
└── ModelGone           the model that answered it was removed
Invalid
└── CapsuleTooLarge
Conflict
└── CapsuleNotReady     it is being made, or could not be made
"""

from services.kernel.errors import Conflict, Invalid, NotFound


class CapsuleNotFound(NotFound):
    code = "CAPSULE_NOT_FOUND"


class ScoreNotFound(NotFound):
    code = "SCORE_NOT_FOUND"


class ModelGone(NotFound):
    code = "MODEL_GONE"


class CapsuleTooLarge(Invalid):
    """Facts: `limit`, in bytes or rows."""

    code = "CAPSULE_TOO_LARGE"


class CapsuleNotReady(Conflict):
    """Facts: `state`."""

    code = "CAPSULE_NOT_READY"
