"""All hooks, each returning frozen declarations. A plugin implements those it needs:

from andon_sdk.plugin import Blueprint, hook

@hook
def blueprints():
    return [Blueprint(...)]
"""

import pluggy

from andon_sdk.plugin.contract import Contract
from andon_sdk.plugin.demo import DemoPlant
from andon_sdk.plugin.estimator import Recipe
from andon_sdk.plugin.gate import Gate
from andon_sdk.plugin.rules import AlarmRule
from andon_sdk.plugin.suitability import SuitabilityFactor

PROJECT = "andon"
ENTRY_POINTS = "andon.plugins.v1"

spec = pluggy.HookspecMarker(PROJECT)
hook = pluggy.HookimplMarker(PROJECT)


class Hooks:
    """Each hook is called once, when its plugin is asked what it declares, and must answer without I/O."""

    @spec
    def contracts(self) -> list[Contract]:
        """Kinds of row this plugin knows, offered to an engineer who adds assets."""
        raise NotImplementedError

    @spec
    def blueprints(self) -> list[Recipe]:
        """Recipes for models, each a `Blueprint` or an `Estimator`; each names the contract it reads."""
        raise NotImplementedError

    @spec
    def alarm_rules(self) -> list[AlarmRule]:
        """When scores become alarms, a rule a contract at most."""
        raise NotImplementedError

    @spec
    def suitability_factors(self) -> list[SuitabilityFactor]:
        """What else speaks against a range of rows that a person picked for retraining."""
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
    def demo_plants(self) -> list[DemoPlant]:
        """Simulated plants for demos and tests."""
        raise NotImplementedError
