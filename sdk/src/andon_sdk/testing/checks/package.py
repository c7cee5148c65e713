"""What surrounds the code: manifest, settings form, documents."""

from importlib.metadata import version

from packaging.specifiers import InvalidSpecifier, SpecifierSet

from andon_sdk.command.settings import settings_model
from andon_sdk.package.manifest import MANIFEST, SETTINGS, Manifest, ManifestRefused, manifest_in
from andon_sdk.testing.checks.forms import form
from andon_sdk.testing.finding import Seen
from andon_sdk.testing.subject import Subject

_README = 100


def manifest(subject: Subject) -> Seen:
    """It can be read, names the hooks that are implemented and this SDK among its versions."""
    try:
        told = _manifest(subject)
    except ManifestRefused as error:
        for reason in error.reasons:
            yield MANIFEST, reason, "The manifest's page shows a complete one."
        return
    for hook in sorted(set(subject.implemented) - set(told.capabilities)):
        yield (
            MANIFEST,
            f"The hook {hook} is implemented and not among capabilities.",
            f'Add "{hook}", or it is never asked.',
        )
    for hook in sorted(set(told.capabilities) - set(subject.implemented)):
        yield MANIFEST, f"{hook} is among capabilities and not implemented.", "Take it out, or write the hook."
    try:
        fits = SpecifierSet(told.sdk).contains(version("andon-sdk"), prereleases=True)
    except InvalidSpecifier:
        yield MANIFEST, f"sdk = {told.sdk!r} is no range of versions.", "Write it as in `>=0.1,<0.2`."
        return
    if not fits:
        yield (
            MANIFEST,
            f"sdk = {told.sdk!r} leaves out {version('andon-sdk')}, which it is checked with.",
            "Widen the range.",
        )


def settings(subject: Subject) -> Seen:
    """The settings form of the manifest is made of the model, explains itself and stands bad input."""
    try:
        told = _manifest(subject)
    except ManifestRefused:
        return
    if told.settings_model is None:
        return
    model = settings_model(told.settings_model)
    if model.model_json_schema() != told.settings:
        yield (
            SETTINGS,
            f"It is not the JSON Schema of {told.settings_model} any more.",
            "Run andon-sdk build, which writes it.",
        )
    yield from form(told.settings_model, model)


def documents(subject: Subject) -> Seen:
    """A project has a README and tests. Of an installed plugin they are not to be seen."""
    if subject.project is None:
        return
    readme = subject.project / "README.md"
    if not readme.is_file() or len(readme.read_text("utf-8", "replace").strip()) < _README:
        yield (
            "README.md",
            "It is missing or says nothing.",
            "Tell what machines it is for, what it offers and how it was tried.",
        )
    if not any((subject.project / "tests").glob("test_*.py")):
        yield (
            "tests",
            "There is no test.",
            "Write one for what your sector knows; the kit knows only what all have in common.",
        )
    if not (subject.folder / "py.typed").is_file():
        yield subject.folder.name, "There is no py.typed, so its types are invisible.", "Add an empty file py.typed."


def _manifest(subject: Subject) -> Manifest:
    return manifest_in(subject.folder, name=subject.name, version=subject.version)
