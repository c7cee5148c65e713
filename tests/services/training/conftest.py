"""Fixtures of runs."""

from drill_plant import drills
from training_plant import plant, plugin_folder, runs, trainer, until, worker

__all__ = ["drills", "plant", "plugin_folder", "runs", "trainer", "until", "worker"]
