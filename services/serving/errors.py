"""Facts that stop a deployment or a score.

Conflict
├── AlreadyChampion       the version serves already
├── NotThisAssets         the version belongs to another asset
├── NothingToUndo         no champion before the present one
├── NothingToPromote      the run left no challenger
├── NoChampion            a shadow needs a champion to be compared with
├── AlreadyShadow
└── TooManyShadows
NotFound
└── ShadowNotFound
Invalid
└── RowsRefused           the rows are not what the contract says
Unavailable
└── ServingUnavailable    the serving cluster does not answer
"""

from services.kernel.errors import Conflict, Invalid, NotFound, Unavailable


class AlreadyChampion(Conflict):
    code = "ALREADY_CHAMPION"


class NotThisAssets(Conflict):
    code = "VERSION_OF_ANOTHER_ASSET"


class NothingToUndo(Conflict):
    code = "NOTHING_TO_UNDO"


class NothingToPromote(Conflict):
    code = "NOTHING_TO_PROMOTE"


class NoChampion(Conflict):
    code = "NO_CHAMPION"


class AlreadyShadow(Conflict):
    code = "ALREADY_SHADOW"


class TooManyShadows(Conflict):
    code = "TOO_MANY_SHADOWS"


class ShadowNotFound(NotFound):
    code = "SHADOW_NOT_FOUND"


class RowsRefused(Invalid):
    code = "ROWS_REFUSED"


class ServingUnavailable(Unavailable):
    code = "SERVING_UNAVAILABLE"
