"""What a cell does with the names of the notebook: reads, binds, changes what they stand for, deletes them."""

from andon_sdk.link.names.events import Binding, Change, Deleted, Event, Read
from andon_sdk.link.names.walker import Walker

__all__ = ["Binding", "Change", "Deleted", "Event", "Read", "Walker"]
