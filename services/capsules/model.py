"""Rules of capsules: where a file lies, how long, and what a name is."""

from datetime import timedelta
from uuid import UUID

from services.kernel.errors import Invalid

GOOD_FOR = timedelta(days=30)
"""From when it is made, unless it is kept."""
LONGEST_NAME = 100
FOLDER = "capsules/"
MEDIA_TYPE = "application/zip"


def file_of(capsule_id: UUID) -> str:
    """Key of its file in the tenant's bucket."""
    return f"{FOLDER}{capsule_id}.zip"


def checked_name(name: str) -> str:
    """Raises `Invalid`."""
    found = name.strip()
    if not found or len(found) > LONGEST_NAME or not found.isprintable():
        raise Invalid(f"A kept capsule's name has 1 to {LONGEST_NAME} printable characters.", field="name")
    return found
