"""What can go wrong with events.

NotFound
└── EventNotFound
Invalid
├── EventInFuture    a fact lies in the past
├── EventInvalid     what it says does not go together; `field` names what
└── TooManyEvents    more than one change takes
Conflict
└── EventIsRetracted nothing more can be said about it
"""

from services.kernel.errors import Conflict, Invalid, NotFound


class EventNotFound(NotFound):
    code = "EVENT_NOT_FOUND"


class EventInFuture(Invalid):
    code = "EVENT_IN_FUTURE"


class EventInvalid(Invalid):
    code = "EVENT_INVALID"


class TooManyEvents(Invalid):
    code = "TOO_MANY_EVENTS"


class EventIsRetracted(Conflict):
    code = "EVENT_IS_RETRACTED"
