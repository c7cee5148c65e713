"""What is looked for. Each module is one matter, with one public function that says what it found."""

from collections.abc import Callable, Iterator

from andon_sdk.link.contracts import Finding
from andon_sdk.link.rules.cells import cells
from andon_sdk.link.rules.undefined import undefined
from andon_sdk.link.seen import Seen

CHECKS: tuple[Callable[[Seen], Iterator[Finding]], ...] = (cells, undefined)
