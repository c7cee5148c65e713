"""A plugin of pytest: `pytest -p andon_sdk.testing.offline` lets no test reach beyond this machine's loopback."""

from andon_sdk.testing.watching import without_network

without_network()
