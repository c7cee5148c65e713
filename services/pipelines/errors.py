"""What can be wrong with a wheel that is to become a pipeline, or with what is asked of one.

NotFound
└── NotebookNotFound                 the package brings none
Invalid
├── NotAWheel, NotAPipeline          another file, or another package
├── PipelineModified                 not what its own RECORD describes
├── PipelineIncompatible             not for this SDK, this Python or this machine
├── PipelineDoesMore                 it asks for more than a pipeline may
└── PipelineFailed                   asked in its box what it declares, it did what it must not
Conflict
├── PipelineStandsIn                 its name would stand in for a package that is here
└── PipelineInUse                    champions are its models
Unavailable
└── TooManyAtOnce
"""

from services.kernel.errors import Conflict, Invalid, NotFound, Unavailable


class NotebookNotFound(NotFound):
    code = "NOTEBOOK_NOT_FOUND"


class NotAWheel(Invalid):
    code = "NOT_A_WHEEL"


class NotAPipeline(Invalid):
    """A package that was not made from a notebook: it has no manifest, or says nothing of one."""

    code = "NOT_A_PIPELINE"


class PipelineModified(Invalid):
    code = "PIPELINE_MODIFIED"


class PipelineIncompatible(Invalid):
    code = "PIPELINE_INCOMPATIBLE"


class PipelineDoesMore(Invalid):
    """Facts: `asks`."""

    code = "PIPELINE_DOES_MORE"


class PipelineFailed(Invalid):
    """Facts: `hook`, `kind`, `next`."""

    code = "PIPELINE_FAILED"


class PipelineStandsIn(Conflict):
    """Facts: `package`."""

    code = "PIPELINE_STANDS_IN"


class PipelineInUse(Conflict):
    """Facts: `pipeline`, `assets`."""

    code = "PIPELINE_IN_USE"


class TooManyAtOnce(Unavailable):
    """Other pipelines are being looked at. Facts: `retry_after`."""

    code = "PIPELINES_BUSY"
