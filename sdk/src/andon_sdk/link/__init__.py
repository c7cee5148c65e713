"""Link: a notebook becomes a pipeline package, whose recipe is a blueprint like any plugin's."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell


def load_ipython_extension(shell: "InteractiveShell") -> None:
    """`%load_ext andon_sdk.link`."""
    from andon_sdk.link.magics import load  # noqa: PLC0415 - packages are asked without IPython

    load(shell)


def unload_ipython_extension(shell: "InteractiveShell") -> None:
    """`%unload_ext andon_sdk.link`."""
    from andon_sdk.link.magics import unload  # noqa: PLC0415

    unload(shell)
