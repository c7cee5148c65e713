"""What an import can refuse."""


class CanvasError(Exception):
    """A file that cannot be imported. The message says what, why and the next step."""
