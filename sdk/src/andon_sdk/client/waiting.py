"""How long is waited, and what is shown meanwhile. Shared by both clients."""

from collections.abc import Callable
from time import monotonic
from types import TracebackType
from typing import Self

from tqdm import tqdm

from andon_sdk.client.errors import Refused, Unreachable
from andon_sdk.client.typed.enums import RunState
from andon_sdk.client.typed.fragments import ExportFacts, ImportFacts, RunFacts

ENDED = frozenset({RunState.SUCCEEDED, RunState.STOPPED, RunState.FAILED, RunState.CANCELLED})
WaitedFor = RunFacts | ImportFacts | ExportFacts
Progress = Callable[[WaitedFor], None]
_UNREACHABLE_WAIT_S = 1.0


class Patience:
    """For how long the same is tried again, because it cannot be taken just now."""

    def __init__(self, seconds: float) -> None:
        self._end = monotonic() + seconds

    def pause(self, error: Refused | Unreachable) -> float:
        """Seconds to wait before the next try. Raises the error when it is final or patience is at its end."""
        wait_s = _UNREACHABLE_WAIT_S if isinstance(error, Unreachable) else error.retry_after_s
        if wait_s is None or monotonic() + wait_s > self._end:
            raise error
        return wait_s


class Bar:
    """A progress bar of a run, import or export on standard error: `with Bar() as bar: …(progress=bar)`."""

    def __init__(self, *, quiet: bool = False) -> None:
        """`quiet` shows nothing, for where nobody sees a line that is written over, such as a notebook or a log."""
        shown = "{desc} {bar} {percentage:3.0f} % {elapsed}"
        self._bar = tqdm(total=100, unit="%", bar_format=shown, disable=quiet)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.close()

    def __call__(self, job: WaitedFor) -> None:
        state = job.state if isinstance(job, RunFacts) else job.job_state
        self._bar.set_description_str(state.value.lower(), refresh=False)
        self._bar.n = round(job.progress * 100)
        self._bar.refresh()
