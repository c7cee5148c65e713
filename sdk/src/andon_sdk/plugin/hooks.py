"""All hooks, each returning frozen declarations. A plugin implements those it needs:

from andon_sdk.plugin import Blueprint, hook

@hook
def blueprints():
    return [Blueprint(...)]
"""

from typing import TYPE_CHECKING

import pluggy

from andon_sdk.plugin.contract import Contract
from andon_sdk.plugin.demo import DemoPlant
from andon_sdk.plugin.estimator import Recipe
from andon_sdk.plugin.gate import Gate
from andon_sdk.plugin.rules import AlarmRule
from andon_sdk.plugin.suitability import SuitabilityFactor

if TYPE_CHECKING:
    from andon_sdk.connector import Connector  # the extra `connector`: pyarrow and pydantic
    from andon_sdk.destination import Destination

PROJECT = "andon"
ENTRY_POINTS = "andon.plugins.v1"

spec = pluggy.HookspecMarker(PROJECT)
hook = pluggy.HookimplMarker(PROJECT)


class Hooks:
    """Each hook is called once, when its plugin is asked what it declares, and must answer without I/O."""

    @spec
    def contracts(self) -> list[Contract]:
        """Kinds of row this plugin knows, offered to an engineer who adds assets.

        When: once, when a process loads its plugins.
        In: nothing. Out: declarations only; no code of the plugin is needed to check a row against one.
        May it block: yes. A row that is not as its contract says is refused or quarantined at the door, and says why.
        Used by: `andon-laser-drill`, `andon-gas-turbine`, `andon-water-loop`.
        """
        raise NotImplementedError

    @spec
    def blueprints(self) -> list[Recipe]:
        """Recipes for models, each a `Blueprint` or an `Estimator`; each names the contract it reads.

        When: the declarations are read when a process loads its plugins; module, loss, score and fit are called in the
        tenant's training and serving clusters, and nowhere else.
        In: scaled rows and what of them is present. Out: a module, a scalar, a share for each signal of each row.
        May it block: yes. A recipe that cannot be stacked ends its run with the reason; the champion stays.
        Used by: `andon-any-machine`, `andon-laser-drill`, `andon-gas-turbine`, `andon-water-loop`.
        """
        raise NotImplementedError

    @spec
    def alarm_rules(self) -> list[AlarmRule]:
        """When scores become alarms, a rule a contract at most.

        When: once, when a process loads its plugins; the rule is applied to every answered row of the champion.
        In: nothing. Out: declarations only; Andon applies them and runs no code of the plugin.
        May it block: no. It raises and clears alarms; rows are scored all the same.
        Used by: `andon-laser-drill`, `andon-gas-turbine`, `andon-water-loop`.
        """
        raise NotImplementedError

    @spec
    def suitability_factors(self) -> list[SuitabilityFactor]:
        """What else speaks against a range of rows that a person picked for retraining.

        When: once, when a process loads its plugins; factors are computed whenever a range is judged.
        In: nothing. Out: declarations only; Andon computes them in the one pass it makes over the rows.
        May it block: no. A range that does not fit is called so, and a person may retrain on it all the same.
        Used by: `andon-laser-drill`.
        """
        raise NotImplementedError

    @spec
    def gates(self) -> list[Gate]:
        """What else a new version must show before it may stand beside the champion.

        When: the declarations are read when a process loads its plugins; each gate's `measure` is called at the end of
        training, once for every block of assets whose contract is the gate's, inside the tenant's training cluster.
        In: `HeldOut`, rows the new models never saw, their scores, and a way to ask for scores of other rows.
        Out: a number for each asset, which the platform holds against the declared limit.
        May it block: yes. A version whose number is on the wrong side of the limit, that gets no number, or whose gate
        raised is stopped by this gate, and the champion stays; the other versions of the run go on.
        Used by: `andon-laser-drill`, whose models must notice a worn lens.
        """
        raise NotImplementedError

    @spec
    def connectors(self) -> "list[Connector]":
        """Ways in for readings: each opens a source of a plant's own systems.

        When: the declarations are read when a process loads its plugins; a connector is opened where somebody
        set it up, at the plant by `andon-edge`, and nowhere in the gateway or a service.
        In: its settings. Out: a `Source`, that browses tags and streams readings.
        May it block: no. A source that is away is opened again with growing pauses, and others go on.
        Used by: `andon-files`, `andon-modbus`, `andon-mqtt`, `andon-opcua`, `andon-s7`, `andon-sql`.
        """
        raise NotImplementedError

    @spec
    def destinations(self) -> "list[Destination]":
        """Ways out for the news of alarms, into a plant's own systems.

        When: the declarations are read when a process loads its plugins; a destination is opened where somebody set it
        up, at the plant by `andon-edge`, and nowhere in the gateway or a service.
        In: its settings and a folder of its own. Out: a `Sink`, that delivers one notice after the other.
        May it block: no. One that is away or fails is tried again with growing pauses, and others go on.
        Used by: `andon-apprise`, `andon-mqtt`, `andon-opcua`, `andon-sql`, `andon-tickets`.
        """
        raise NotImplementedError

    @spec
    def demo_plants(self) -> list[DemoPlant]:
        """Simulated plants for demos and tests.

        When: the declarations are read when a process loads its plugins; a plant is simulated by `andon demo`.
        In: when its life begins, and a seed. Out: rows and events, the same for the same seed.
        May it block: no. Nothing but the demo waits for it.
        Used by: `andon-laser-drill`.
        """
        raise NotImplementedError
