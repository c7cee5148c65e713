"""The recording lies beside the project, where somebody fetched it; its test is collected there only."""

from pathlib import Path

import pytest
import torch

RECORDING = Path(__file__).parents[4] / "shared" / "data" / "ur3_cobotops"
collect_ignore = [] if RECORDING.exists() else ["test_recording.py"]


@pytest.fixture(autouse=True, scope="session")
def _one_thread():
    """As where models are fitted: more threads than cores take longer."""
    torch.set_num_threads(1)
