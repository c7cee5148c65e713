# %% tags=["imports"]
import cv2  # finds: missing-package
import yaml_of_nobody  # finds: missing-package
import corpus_helpers  # finds: local-module
from .steps import clean  # finds: local-module
from andon_sdk.plugin import Estimator

try:
    import cupy_of_nobody as cp
except ImportError:
    cp = None

# %% tags=["step:install"]
!pip install cv2  # finds: installs-packages
%pip install yaml  # finds: installs-packages
import subprocess, sys
subprocess.check_call([sys.executable, "-m", "pip", "install", "x"])  # finds: installs-packages

# %% tags=["metrics"]
rows_seen = 1.0

# %% tags=["step:deployed"]
recipe = Estimator("a", "A", "1", None, None, None, stacked=True)
