"""What a wheel is taken for, by its bytes, its RECORD, its manifest and its signature."""

import hashlib
import shutil
import stat
import struct
import time
import tracemalloc
import zipfile

import pytest
from wheels import INFO, MANIFEST, files, record, wheel

from andon_sdk.package import Limits, State, Texts, WheelRefused, fingerprint, inspect, make_keys, sign, unpack


@pytest.fixture(scope="module")
def keys(tmp_path_factory):
    return make_keys(tmp_path_factory.mktemp("keys"))


@pytest.fixture(scope="module")
def strangers(tmp_path_factory):
    return make_keys(tmp_path_factory.mktemp("strangers"))


def test_a_signed_wheel_is_known_byte_for_byte(tmp_path, keys):
    made = wheel(tmp_path)
    assert sign(made, keys[0]) == tmp_path / "andon_pump-0.1.0-py3-none-any.whl.sig"
    found = inspect(made, [keys[1]])
    assert (found.state, found.reasons) == (State.SIGNED, ())
    assert found.digest == hashlib.sha256(made.read_bytes()).hexdigest()
    assert found.signed_by == fingerprint(keys[1])
    assert found.entry_points == (("pump", "andon_pump.plugin"),)
    manifest = found.manifest
    assert manifest is not None
    assert (manifest.name, manifest.version, manifest.package) == ("andon-pump", "0.1.0", "andon_pump")
    assert manifest.capabilities == ("alarm_rules", "contracts")
    assert manifest.hosts == ("historian.example.com:4840",)
    assert manifest.texts("de") == Texts("Pumpen", "Pumpwerke: Vertrag und Alarmregel.")
    assert manifest.texts("fr") == Texts("Pumps", "Pump stations: contract and alarm rule.")


def test_without_a_signature_or_with_a_strangers_it_is_unsigned(tmp_path, keys, strangers):
    made = wheel(tmp_path)
    found = inspect(made, [keys[1]])
    assert found.state is State.UNSIGNED
    assert found.reasons == ("It is not signed: there is no andon_pump-0.1.0-py3-none-any.whl.sig beside it.",)
    sign(made, strangers[0])
    found = inspect(made, [keys[1]])
    assert (found.state, found.signed_by) == (State.UNSIGNED, None)
    assert found.reasons[0].startswith("It is signed by a key that is not trusted here")
    assert inspect(made, [keys[1], strangers[1]]).signed_by == fingerprint(strangers[1])


def test_another_wheel_under_a_signature_is_modified(tmp_path, keys):
    signature = sign(wheel(tmp_path / "one"), keys[0])
    other = wheel(tmp_path / "two", files(MANIFEST.replace("Pumps", "Bombs")))
    shutil.copy(signature, other.parent)
    found = inspect(other, [keys[1]])
    assert found.state is State.MODIFIED
    assert found.reasons[0] == "andon_pump-0.1.0-py3-none-any.whl.sig is not the signature of these bytes."


def test_one_bit_is_enough(tmp_path, keys):
    made = wheel(tmp_path)
    sign(made, keys[0])
    content = bytearray(made.read_bytes())
    content[len(content) // 2] ^= 1
    made.write_bytes(content)
    assert inspect(made, [keys[1]]).state is not State.SIGNED


@pytest.mark.parametrize(
    "bundle",
    [b"", b"{}", b"[" * 100_000, b'{"verificationMaterial": {"publicKey": {"hint": 7}}}', b"x" * 2_000_000],
    ids=["empty", "object", "deep", "number", "large"],
)
def test_what_is_no_signature_is_modified(tmp_path, keys, bundle):
    made = wheel(tmp_path)
    made.with_name(f"{made.name}.sig").write_bytes(bundle)
    assert inspect(made, [keys[1]]).state is State.MODIFIED


def test_a_trusted_name_over_a_forged_signature_is_modified(tmp_path, keys, strangers):
    made = wheel(tmp_path)
    signature = sign(made, strangers[0])
    signature.write_text(signature.read_text().replace(fingerprint(strangers[1]), fingerprint(keys[1])))
    assert inspect(made, [keys[1]]).state is State.MODIFIED


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda all_: record(all_ | {"andon_pump/plugin.py": b"other"}), "andon_pump/plugin.py is not the file that"),
        (lambda all_: record(dict(list(all_.items())[1:])), "andon_pump/__init__.py is in the wheel and not in its"),
        (lambda all_: record(all_ | {"andon_pump/more.py": b""}), "andon_pump/more.py is in RECORD and not in the"),
        (lambda all_: record(all_).replace(b"sha256=", b"md5="), "andon_pump/__init__.py is not the file that RECORD"),
    ],
    ids=["content", "unlisted", "missing", "weak"],
)
def test_a_record_that_lies_is_modified(tmp_path, change, reason):
    found = inspect(wheel(tmp_path, told=change(files())), [])
    assert found.state is State.MODIFIED
    assert found.reasons[0].startswith(reason)


@pytest.mark.parametrize(
    ("contents", "reason"),
    [
        (files(MANIFEST.replace('">=0.1"', '">=9"')), "It asks for andon-sdk >=9; here is 0.1.0."),
        (files(MANIFEST.replace('">=0.1"', '"any"')), "'any' is no range of versions of andon-sdk"),
        (files(**{"Requires-Python": ">=4"}), "It asks for Python >=4; here is 3."),
        (
            files(Version="0.2.0"),
            "Its file is called andon_pump-0.1.0-py3-none-any.whl, and inside it is andon-pump 0.2.0.",
        ),
        (
            files(Name="andon-fan"),
            "Its file is called andon_pump-0.1.0-py3-none-any.whl, and inside it is andon-fan 0.1.0.",
        ),
        (files(Name="x" * 200), "METADATA has a Name, Version or Requires-Python of more than 100 characters."),
        (files() | {"torch/__init__.py": b""}, "It brings 'torch': a plugin called andon-pump brings the package"),
        (files() | {"start.pth": b"import os"}, "It brings 'start.pth'"),
        (files() | {"andon_pump-0.1.0.data/scripts/pip": b""}, "It brings 'andon_pump-0.1.0.data'"),
        (
            files() | {f"{INFO}/entry_points.txt": b"[andon.plugins.v2]\na = andon_pump.b"},
            "It is for andon.plugins.v2;",
        ),
        (
            files() | {f"{INFO}/entry_points.txt": b"[andon.plugins.v1]\na = os"},
            "Its entry point names a module outside",
        ),
        (
            files()
            | {f"{INFO}/entry_points.txt": b"[andon.plugins.v1]\na = andon_pump.b\n[console_scripts]\npip = a:b"},
            "It has entry points in 'console_scripts' too",
        ),
        (files() | {f"{INFO}/entry_points.txt": b"\xff"}, "entry_points.txt cannot be read"),
        ({k: v for k, v in files().items() if "toml" not in k}, "It has no andon_pump/andon-plugin.toml: write one"),
        (
            {k: v for k, v in files().items() if "METADATA" not in k},
            "andon_pump-0.1.0-py3-none-any.whl has no METADATA",
        ),
        (files("title = "), "andon-plugin.toml is not TOML in UTF-8"),
        (files("a = " + "[" * 30_000), "andon-plugin.toml is not TOML in UTF-8"),
        (files("#" * 70_000), "andon-plugin.toml has 70000 bytes; 64000 are read at most."),
        (files() | {"andon_pump/andon-plugin.toml": b"#" * 1_100_000}, "andon_pump/andon-plugin.toml is larger than"),
    ],
)
def test_what_does_not_fit_is_incompatible_and_says_why(tmp_path, contents, reason):
    found = inspect(wheel(tmp_path, contents), [])
    assert found.state is State.INCOMPATIBLE
    assert found.reasons[0].startswith(reason)


def test_a_wheel_for_another_machine_is_incompatible(tmp_path):
    made = wheel(tmp_path)
    other = made.rename(made.with_name("andon_pump-0.1.0-cp311-cp311-win_amd64.whl"))
    assert inspect(other, []).reasons == ("It is built for cp311-cp311-win_amd64, which this machine is not.",)


def entry(name: str, **kept: object) -> zipfile.ZipInfo:
    made = zipfile.ZipInfo(name)
    for key, value in kept.items():
        setattr(made, key, value)
    return made


@pytest.mark.parametrize(
    ("added", "reason"),
    [
        (entry("../outside.py"), "The wheel has a file called '../outside.py'"),
        (entry("andon_pump/../../outside.py"), "The wheel has a file called 'andon_pump/../../outside.py'"),
        (entry("/etc/cron.d/job"), "The wheel has a file called '/etc/cron.d/job'"),
        (entry("andon_pump\\..\\x"), "The wheel has a file called"),
        (entry("andon_pump/a\x1b[2Jb"), "The wheel has a file called"),
        (entry("andon_pump/" + "d/" * 40 + "f"), "The wheel has a file called"),
        (
            entry("andon_pump/link", external_attr=(stat.S_IFLNK | 0o777) << 16),
            "'andon_pump/link' is a link or a device.",
        ),
        (
            entry("andon_pump/pipe", external_attr=(stat.S_IFIFO | 0o777) << 16),
            "'andon_pump/pipe' is a link or a device.",
        ),
        (entry("andon_pump/PLUGIN.py"), "andon_pump/PLUGIN.py is in the wheel twice."),
        (entry("andon_pump/plugin.py/x"), "andon_pump/plugin.py is a file and a folder in the wheel."),
        (entry("andon_pump/x", compress_type=zipfile.ZIP_LZMA), "'andon_pump/x' is encrypted, or compressed in a way"),
    ],
)
def test_a_hostile_member_is_named_and_nothing_is_written(tmp_path, added, reason):
    made = wheel(tmp_path)
    with zipfile.ZipFile(made, "a") as archive:
        archive.writestr(added, b"../../etc/passwd")
    found = inspect(made, [])
    assert found.state is State.INCOMPATIBLE
    assert found.reasons[0].startswith(reason)
    with pytest.raises(WheelRefused):
        unpack(made, tmp_path / "out")
    assert list((tmp_path / "out").iterdir()) == []


def bounded(path, limits=None):
    """Judges within a second and 32 MB, whatever the file says."""
    tracemalloc.start()
    began = time.monotonic()
    found = inspect(path, [], limits=limits)
    took, (_, peak) = time.monotonic() - began, tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (took < 5, peak < 32_000_000) == (True, True), (took, peak)
    return found


def test_a_bomb_is_refused_before_it_is_read(tmp_path):
    made = wheel(tmp_path)
    with zipfile.ZipFile(made, "a", zipfile.ZIP_DEFLATED) as archive, archive.open("andon_pump/big.bin", "w") as file:
        for _ in range(64):
            file.write(bytes(1_000_000))
    found = bounded(made, Limits(unpacked_bytes=50_000_000))
    assert found.reasons == ("The wheel would unpack to more than 50000000 bytes. Leave data out of it.",)


def test_a_bomb_that_says_it_is_small_is_not_read_further(tmp_path):
    contents = files() | {"andon_pump/big.bin": bytes(30_000_000)}
    made = wheel(tmp_path, contents)
    content = made.read_bytes().replace(struct.pack("<L", 30_000_000), struct.pack("<L", 1_000))
    made.write_bytes(content)
    found = bounded(made)
    assert found.state in {State.INCOMPATIBLE, State.MODIFIED}
    assert "andon_pump/big.bin" in found.reasons[0]


def test_a_directory_of_millions_is_not_read(tmp_path):
    made = wheel(tmp_path)
    content = bytearray(made.read_bytes())
    struct.pack_into("<L", content, len(content) - 10, 300_000_000)
    made.write_bytes(content)
    assert bounded(made).reasons[0].endswith("5000 are read at most.")


def test_too_many_files_are_refused(tmp_path):
    many = wheel(tmp_path, files() | {f"andon_pump/f{i}.py": b"" for i in range(50)})
    assert inspect(many, [], limits=Limits(files=20)).reasons[0].endswith("holds 57 files; 20 are read at most.")


@pytest.mark.parametrize("content", [b"", b"PK", b"MZ" * 4000, b"PK\x05\x06" + bytes(17) + b"\x01"])
def test_what_is_no_archive_is_incompatible(tmp_path, content):
    path = tmp_path / "andon_pump-0.1.0-py3-none-any.whl"
    path.write_bytes(content)
    found = inspect(path, [])
    assert (found.state, found.manifest, found.digest) == (State.INCOMPATIBLE, None, "")


def test_a_good_wheel_is_unpacked_once_into_an_empty_folder(tmp_path):
    made = wheel(tmp_path)
    unpack(made, tmp_path / "out")
    written = {str(path.relative_to(tmp_path / "out")) for path in (tmp_path / "out").rglob("*") if path.is_file()}
    assert written == {*files(), f"{INFO}/RECORD"}
    assert not any(path.stat().st_mode & 0o111 for path in (tmp_path / "out").rglob("*") if path.is_file())
    with pytest.raises(FileExistsError):
        unpack(made, tmp_path / "out")
