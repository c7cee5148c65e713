"""Declarations and hooks of a plugin."""

from andon_sdk.plugin.blueprint import PATIENCE, Blueprint, Inputs, Parameter, Threshold
from andon_sdk.plugin.contract import Contract, Importance, Signal
from andon_sdk.plugin.demo import DemoAsset, DemoEvent, DemoPlant, DemoRows, Simulation
from andon_sdk.plugin.estimator import Estimator, FitRows, Recipe
from andon_sdk.plugin.gate import Gate, HeldOut
from andon_sdk.plugin.hooks import hook
from andon_sdk.plugin.rules import AlarmRule
from andon_sdk.plugin.suitability import SuitabilityFactor

__all__ = [
    "PATIENCE",
    "AlarmRule",
    "Blueprint",
    "Contract",
    "DemoAsset",
    "DemoEvent",
    "DemoPlant",
    "DemoRows",
    "Estimator",
    "FitRows",
    "Gate",
    "HeldOut",
    "Importance",
    "Inputs",
    "Parameter",
    "Recipe",
    "Signal",
    "Simulation",
    "SuitabilityFactor",
    "Threshold",
    "hook",
]
