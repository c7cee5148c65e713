"""What holds for every declaration, whatever it declares."""

import re
from typing import Any

from andon_sdk.plugin import AlarmRule, Blueprint, Contract, DemoPlant, Estimator, Gate, SuitabilityFactor
from andon_sdk.testing.finding import Seen
from andon_sdk.testing.subject import HOOKS, Subject

_KEY = re.compile(r"[a-z0-9]+([-_.][a-z0-9]+)*")
SECONDS = 1.0
_SMALL = 200
_KINDS: dict[str, tuple[type, ...]] = {
    "contracts": (Contract,),
    "blueprints": (Blueprint, Estimator),
    "alarm_rules": (AlarmRule,),
    "suitability_factors": (SuitabilityFactor,),
    "gates": (Gate,),
    "demo_plants": (DemoPlant,),
}


def kinds(hook: str) -> tuple[type, ...]:
    """What the hook may return. What stands at the plant needs an extra that other plugins do without."""
    if hook == "connectors":
        from andon_sdk.connector import Connector  # noqa: PLC0415

        return (Connector,)
    if hook == "destinations":
        from andon_sdk.destination import Destination  # noqa: PLC0415

        return (Destination,)
    return _KINDS[hook]


def hooks(subject: Subject) -> Seen:
    """Each answers at once, the same each time, with what it should, and does nothing else."""
    if not subject.implemented:
        yield subject.module.__name__, f"No hook is implemented; hooks are {', '.join(HOOKS)}.", "Mark one with @hook."
    for hook, asked in subject.asked.items():
        where = f"hook {hook}"
        for each in asked.declarations:
            if not isinstance(each, kinds(hook)):
                wanted = " or ".join(kind.__name__ for kind in kinds(hook))
                yield where, f"It returns a {type(each).__name__}.", f"Return a list of {wanted}."
        for done in dict.fromkeys(asked.done):
            yield (
                where,
                f"While it was asked, it {done}; hooks answer without I/O.",
                "Do that where it is needed, or leave it.",
            )
        if asked.seconds > SECONDS:
            yield where, f"It took {asked.seconds:.1f} s, in every process.", "Declare only; compute where the work is."
        if not asked.declarations:
            yield where, "It declares nothing.", "Take the hook out."
        if _outline(subject.ask(hook).declarations) != _outline(asked.declarations):
            yield where, "Asked twice, it gives two answers; processes would disagree.", "Let it depend on nothing."


def keys(subject: Subject) -> Seen:
    """Keys can stand in addresses and are held by one declaration; titles are lines people can read."""
    for hook, asked in subject.asked.items():
        taken: set[str] = set()
        for each in asked.declarations:
            key, title = getattr(each, "key", None), getattr(each, "title", None)
            where = f"{hook}: {key}"
            if not isinstance(key, str) or not _KEY.fullmatch(key) or len(key) > 64:
                yield where, "A key is at most 64 of small letters, digits and single - _ . between them.", "Rename it."
            if key in taken:
                yield where, "The key is held twice.", "Rename one of the two."
            taken.add(str(key))
            if not isinstance(title, str) or not 0 < len(title.strip()) <= _SMALL or not title.isprintable():
                yield where, f"Its title is not one line of 1 to {_SMALL} characters.", "Say in a few words what it is."


def references(subject: Subject) -> Seen:
    """Contracts, blueprints and signals that are named exist, here or in another installed plugin."""
    recipes = {each.key for each in subject.declared("blueprints")}
    for hook in ("blueprints", "alarm_rules", "suitability_factors", "gates", "demo_plants"):
        for each in subject.declared(hook):
            if each.contract is not None and subject.contract(each.contract) is None:
                own = ", ".join(contract.key for contract in subject.declared("contracts")) or "none"
                said = f"It names the contract {each.contract!r}; its own are {own}, and no installed plugin offers it."
                yield f"{hook}: {each.key}", said, "Correct the key, or install the plugin that offers the contract."
            if hook == "demo_plants" and each.blueprint not in recipes:
                yield (
                    f"{hook}: {each.key}",
                    f"It names the blueprint {each.blueprint!r}.",
                    "Name one of the plugin's own.",
                )
    rules = [each.contract for each in subject.declared("alarm_rules")]
    for contract in sorted({contract for contract in rules if rules.count(contract) > 1}):
        yield "alarm_rules", f"{contract} has {rules.count(contract)} rules; a contract has one.", "Keep one of them."


def _outline(declarations: tuple[Any, ...]) -> list[tuple[str, Any, Any]]:
    """Functions made anew at each call are not equal, so what can be compared is."""
    return [(type(each).__name__, getattr(each, "key", None), getattr(each, "title", None)) for each in declarations]
