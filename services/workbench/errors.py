"""What can go wrong with a workbench.

NotFound
└── WorkbenchNotFound    none, another's, or a visit that is over
Forbidden
└── WorkbenchForMembers  a key has asked
Unavailable
└── WorkbenchNotReady    it is stopped, or still starting
"""

from services.kernel.errors import Forbidden, NotFound, Unavailable


class WorkbenchNotFound(NotFound):
    code = "WORKBENCH_NOT_FOUND"


class WorkbenchForMembers(Forbidden):
    code = "WORKBENCH_FOR_MEMBERS"


class WorkbenchNotReady(Unavailable):
    code = "WORKBENCH_NOT_READY"
