"""What keeps one file from being read; the folder goes on."""


class BadFile(Exception):
    """The file is moved to bad/, with this sentence beside it."""


class TimeUnsaid(BadFile):
    """Nobody said what the times mean. The file waits: it is the settings that lack something. `field` names it."""

    def __init__(self, message: str, field: str) -> None:
        super().__init__(message)
        self.field = field
