"""What cannot become a package."""


class PackageRefused(Exception):
    """No package can be made. The message says why and what to do."""
