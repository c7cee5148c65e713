"""What a model's numbers depend on beside its rows: packages, Python, a plugin's files, the processor.

A lock is one flat table of texts, as it stands in a pack's facts and in a pipeline's `link.json`: `python`, a version
by package, `files:<package>` with the digest of its files, `processor:<what>`, and `asked`, the packages that the
recipe itself asks for. Older tables hold fewer of these and are read all the same.
"""

import platform
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import Distribution
from typing import Any, Self

from andon_sdk.plugin.digest import digest_of

_SDK = "andon-sdk"
PYTHON, ASKED, FILES, PROCESSOR = "python", "asked", "files:", "processor:"
_NAME = re.compile(r"\s*([A-Za-z0-9][A-Za-z0-9._-]*)\s*(?:\[([^\]]*)\])?")
_EXTRA = re.compile(r"""extra\s*==\s*['"]([^'"]+)['"]""")
_LIBRARIES = {"mkl": r"Math Kernel Library Version (\S+?)-", "onednn": r"MKL-DNN v(\S+)"}
"""In what torch says of itself: how the versions of the libraries that it adds and multiplies with are told."""


@dataclass(frozen=True, slots=True)
class Lock:
    """An environment as it was, or is."""

    python: str
    packages: Mapping[str, str]
    """Version by name, in small letters with dashes."""
    files: Mapping[str, str] = field(default_factory=dict[str, str])
    """SHA-256 by the name of a plugin or the SDK."""
    processor: Mapping[str, str] = field(default_factory=dict[str, str])
    """`machine`, and where torch is: `capability` (of the instructions that it uses), `mkl`, `onednn`, `threads`."""
    asked: tuple[str, ...] = ()
    """Packages that the recipe itself asks for; the others came with these."""

    @property
    def is_whole(self) -> bool:
        """Whether a package that it does not name was not there; older ones name few."""
        return _SDK in self.files

    def plain(self) -> dict[str, str]:
        """As it is kept."""
        return {
            PYTHON: self.python,
            **self.packages,
            **{f"{FILES}{name}": digest for name, digest in self.files.items()},
            **{f"{PROCESSOR}{name}": said for name, said in self.processor.items()},
            **({ASKED: " ".join(self.asked)} if self.asked else {}),
        }

    @classmethod
    def of(cls, plain: Mapping[str, str]) -> Self:
        """What `plain` gave, today or in an older format: names and versions only."""
        packages = {name: said for name, said in plain.items() if ":" not in name and name not in {PYTHON, ASKED}}
        return cls(
            plain.get(PYTHON, ""),
            packages,
            _after(FILES, plain),
            _after(PROCESSOR, plain),
            tuple(plain.get(ASKED, "").split()),
        )

    @classmethod
    def of_clusters(cls, told: Mapping[str, Any], plugin: str | None = None) -> Self:
        """What a tenant's clusters have, as the API tells it: `environment { python packages { name version } hardware
        { key value } own { plugin packages { name version } } }`. Where all models are served, or where those of this
        plugin are fitted."""
        packages = {each["name"]: each["version"] for each in told["packages"]}
        for own in told["own"]:
            if own["plugin"] == plugin:
                packages |= {each["name"]: each["version"] for each in own["packages"]}
        return cls(told["python"], packages, processor={each["key"]: each["value"] for each in told["hardware"]})


def lock(
    requirements: Iterable[str],
    *,
    plugin: str | None = None,
    beside: Iterable[str] = (),
    path: Sequence[str] | None = None,
    processor: bool = True,
) -> Lock:
    """An environment, as far as it concerns these requirements, such as `scikit-learn>=1.5`, and all that they require
    in turn.

    What a requirement asks for on other systems, and what is not installed, is left out. `plugin` is a distribution
    whose files count, as the SDK's always do; `beside` are requirements of who runs the recipe. Packages are looked for
    in the folders of `path`, in order, or where this process finds them. With `processor` torch is asked, if it is
    among the packages, which imports it.
    """
    requirements = tuple(requirements)
    asked = tuple(dict.fromkeys(name for each in requirements if (name := _parsed(each)[0])))
    places = list(sys.path if path is None else path)
    packages: dict[str, str] = {}
    _gather((*requirements, *beside), packages, set(), places)
    files: dict[str, str] = {}
    for name in (_SDK, plugin):
        if name is not None and (there := _found(name, places)) is not None:
            files[name], packages[name] = digest_of(there), there.version
    told = processor_here("torch" in packages) if processor else {}
    return Lock(platform.python_version(), dict(sorted(packages.items())), files, told, asked)


def requirements_of(plugin: str, path: Sequence[str] | None = None) -> tuple[str, ...]:
    """What a distribution asks for in any case; nothing for one that is not installed."""
    there = _found(plugin, list(sys.path if path is None else path))
    return tuple(each for each in (there.requires if there else None) or () if not _EXTRA.search(each))


def _gather(requirements: Iterable[str], found: dict[str, str], seen: set[tuple[str, str]], path: list[str]) -> None:
    """Into `found` what these are and all below them."""
    for requirement in requirements:
        name, extras = _parsed(requirement)
        there = _found(name, path) if name else None
        if there is None:
            continue
        found[name] = there.version
        for extra in ("", *extras):
            if (name, extra) not in seen:
                seen.add((name, extra))
                _gather(_of_extra(there, extra), found, seen, path)


def _of_extra(there: Distribution, extra: str) -> list[str]:
    return [each for each in there.requires or () if (_EXTRA.findall(each) or [""])[0] == extra]


def _found(name: str, path: list[str]) -> Distribution | None:
    return next(iter(Distribution.discover(name=name, path=path)), None)


def _parsed(requirement: str) -> tuple[str, tuple[str, ...]]:
    """Name and extras. What it says of versions and systems is not looked at: what is installed is installed."""
    found = _NAME.match(requirement)
    if found is None:
        return "", ()
    extras = tuple(each.strip() for each in (found[2] or "").split(",") if each.strip())
    return normal(found[1]), extras


def normal(name: str) -> str:
    """A distribution's name as indexes write it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def processor_here(has_torch: bool = True) -> dict[str, str]:
    """What of this machine changes sums, as `Lock.processor`; with torch, which is imported, what it computes with."""
    found = {"machine": platform.machine()}
    if not has_torch:
        return found
    import torch  # noqa: PLC0415  seconds, and who asks only for what is declared has none

    told: Any = torch
    found["capability"] = told.backends.cpu.get_cpu_capability()
    found["threads"] = str(told.get_num_threads())
    said = told.__config__.show()
    for name, pattern in _LIBRARIES.items():
        if version := re.search(pattern, said):
            found[name] = version[1]
    return found


def _after(prefix: str, plain: Mapping[str, str]) -> dict[str, str]:
    return {name.removeprefix(prefix): said for name, said in plain.items() if name.startswith(prefix)}
