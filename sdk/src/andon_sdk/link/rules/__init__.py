"""What is looked for. Each module is one matter, with one public function that says what it found."""

from collections.abc import Callable, Iterator

from andon_sdk.link.contracts import Finding
from andon_sdk.link.rules.addresses import addresses
from andon_sdk.link.rules.asked import asked
from andon_sdk.link.rules.cells import cells
from andon_sdk.link.rules.chance import chance
from andon_sdk.link.rules.changed import changed
from andon_sdk.link.rules.counts import counts
from andon_sdk.link.rules.handed_over import handed_over
from andon_sdk.link.rules.hidden_names import hidden_names
from andon_sdk.link.rules.installed import installed
from andon_sdk.link.rules.leaks import leaks
from andon_sdk.link.rules.loaded import loaded
from andon_sdk.link.rules.loops import loops
from andon_sdk.link.rules.results import results
from andon_sdk.link.rules.shadowed import shadowed
from andon_sdk.link.rules.undefined import undefined
from andon_sdk.link.seen import Seen

CHECKS: tuple[Callable[[Seen], Iterator[Finding]], ...] = (
    cells,
    undefined,
    counts,
    shadowed,
    changed,
    handed_over,
    loops,
    hidden_names,
    asked,
    leaks,
    addresses,
    installed,
    chance,
    loaded,
    results,
)
