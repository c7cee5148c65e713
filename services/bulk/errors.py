"""What can be wrong with a staged file or a transfer.

NotFound
├── UploadNotFound, JobNotFound
└── NothingToDownload      it has none, or none any more
Invalid
├── FileTooLarge, FileEmpty
├── FileUnreadable         not the format it was called, or more than reading it may cost
├── ExportRangeInvalid
└── NoAssetsToExport
Conflict
├── UploadNotStaged        the file is not there, or an import has it
├── UploadUsed             its address was good once
└── JobEnded
"""

from services.kernel.errors import Conflict, Invalid, NotFound


class UploadNotFound(NotFound):
    code = "UPLOAD_NOT_FOUND"


class JobNotFound(NotFound):
    code = "JOB_NOT_FOUND"


class NothingToDownload(NotFound):
    code = "NOTHING_TO_DOWNLOAD"


class FileTooLarge(Invalid):
    """Facts: `most`, in bytes."""

    code = "FILE_TOO_LARGE"


class FileEmpty(Invalid):
    code = "FILE_EMPTY"


class FileUnreadable(Invalid):
    code = "FILE_UNREADABLE"


class ExportRangeInvalid(Invalid):
    code = "EXPORT_RANGE_INVALID"


class NoAssetsToExport(Invalid):
    code = "NO_ASSETS_TO_EXPORT"


class UploadNotStaged(Conflict):
    """Facts: `state`."""

    code = "UPLOAD_NOT_STAGED"


class UploadUsed(Conflict):
    code = "UPLOAD_USED"


class JobEnded(Conflict):
    """Facts: `state`."""

    code = "JOB_ENDED"
