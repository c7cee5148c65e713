"""Solar plants that sun and weather drive. See the README."""
