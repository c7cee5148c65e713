"""What is said of a file that is no notebook."""


class NotebookRefused(Exception):
    """A file that cannot be read as a notebook: what it is, why that stops us, what to do next."""

    def __init__(self, what: str, why: str, fix: str) -> None:
        super().__init__(f"{what} {why} {fix}")
        self.what, self.why, self.fix = what, why, fix
