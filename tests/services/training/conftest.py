"""Fixtures of runs."""

from training_plant import plant, plugin_folder, runs, trainer, until, worker

__all__ = ["plant", "plugin_folder", "runs", "trainer", "until", "worker"]
