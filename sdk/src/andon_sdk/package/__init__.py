"""A plugin as a file that is handed on: its manifest, its signature, and what to make of a wheel from elsewhere.

Needs the extra `package`. Nothing here imports or runs a plugin's code.
"""

from andon_sdk.package.archive import Limits, WheelRefused, unpack
from andon_sdk.package.inspection import Inspected, State, inspect
from andon_sdk.package.manifest import MANIFEST, SETTINGS, Manifest, ManifestRefused, Texts, manifest_in, parse
from andon_sdk.package.signing import SigningRefused, fingerprint, make_keys, sign, signature_of

__all__ = [
    "MANIFEST",
    "SETTINGS",
    "Inspected",
    "Limits",
    "Manifest",
    "ManifestRefused",
    "SigningRefused",
    "State",
    "Texts",
    "WheelRefused",
    "fingerprint",
    "inspect",
    "make_keys",
    "manifest_in",
    "parse",
    "sign",
    "signature_of",
    "unpack",
]
