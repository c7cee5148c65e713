"""Errors of the engine. None of them belongs to one asset: those are reported as `AssetFailure`, not raised.

FleetError
├── BlueprintUnfit     the module cannot be stacked, or its loss or score has the wrong shape
├── TrainingStopped    the caller asked to stop
└── ArtefactError      a pack that must not be loaded
    ├── ArtefactTooLarge   a file or header above its bound
    ├── ArtefactMalformed  not the format it claims to be
    └── DigestMismatch     content differs from its digest
"""

from dataclasses import dataclass


class FleetError(Exception):
    """Base of what the engine raises."""


class BlueprintUnfit(FleetError):
    """The blueprint does not fit the engine; the message says which part and what to use instead."""


class TrainingStopped(FleetError):
    """`should_stop` answered yes; nothing of the run is kept."""


class ArtefactError(FleetError):
    """A pack that must not be loaded."""


class ArtefactTooLarge(ArtefactError):
    """A file or header is above its bound."""


class ArtefactMalformed(ArtefactError):
    """The bytes are not a pack."""


class DigestMismatch(ArtefactError):
    """The bytes are not those the digest names."""


@dataclass(frozen=True, slots=True)
class AssetFailure:
    """Why one asset got no model; the other assets of the run are not touched by it."""

    asset: str
    reason: str
    """`too_few_rows`, `all_missing`, `essential_missing`, `non_finite`, `diverged` or `unfitted`."""
    sentence: str
