"""`andon tenant export`: everything that is the customer's, in open formats, in one file."""

from infra.export.command import ExportStopped, export

__all__ = ["ExportStopped", "export"]
