"""What stops an edge before it begins.

EdgeError
├── ConfigRefused    the file of settings: `line` and `field` say where
├── AlreadyRunning   another process has the buffer's folder
└── AndonUnknown     Andon was never reached with this key, so nothing is known of the contracts
"""


class EdgeError(Exception):
    """Base of all errors of the edge. The message says what, why and the next step."""


class ConfigRefused(EdgeError):
    def __init__(self, message: str, *, file: str, field: str = "", line: int | None = None) -> None:
        place = file if line is None else f"{file}:{line}"
        super().__init__(f"{place}: {field + ': ' if field else ''}{message}")
        self.field = field
        self.line = line


class AlreadyRunning(EdgeError):
    pass


class AndonUnknown(EdgeError):
    pass
