"""Facts that stop a person's hand on an alarm.

NotFound
├── AlarmNotFound
└── CaseNotFound
Conflict
├── AlarmIsCleared     nothing more can be done with it
├── AlarmIsShelved     unshelve it first
├── AlarmNotShelved
├── CaseHasAlarms      an alarm of the case is not cleared yet
└── CaseIsClosed
Invalid
├── AlarmBudgetInvalid the hours, or what people can handle, cannot be
└── ShelvedTooLong     the end lies in the past or too far ahead
"""

from services.kernel.errors import Conflict, Invalid, NotFound


class AlarmNotFound(NotFound):
    code = "ALARM_NOT_FOUND"


class CaseNotFound(NotFound):
    code = "CASE_NOT_FOUND"


class AlarmIsCleared(Conflict):
    code = "ALARM_IS_CLEARED"


class AlarmIsShelved(Conflict):
    code = "ALARM_IS_SHELVED"


class AlarmNotShelved(Conflict):
    code = "ALARM_NOT_SHELVED"


class CaseHasAlarms(Conflict):
    code = "CASE_HAS_ALARMS"


class CaseIsClosed(Conflict):
    code = "CASE_IS_CLOSED"


class ShelvedTooLong(Invalid):
    code = "SHELVED_TOO_LONG"


class AlarmBudgetInvalid(Invalid):
    code = "ALARM_BUDGET_INVALID"
