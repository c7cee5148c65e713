"""The package of a pipeline: a notebook as a plugin project, whose recipe is a blueprint like any plugin's."""

from andon_sdk.link.package.refused import PackageRefused
from andon_sdk.link.package.writing import wheel, write

__all__ = ["PackageRefused", "wheel", "write"]
