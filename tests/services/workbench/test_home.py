"""The member's folder at a start."""

from services.workbench.box.home import STARTUP, make_ready


def test_notebooks_are_copied_once_and_never_over_a_file(tmp_path) -> None:
    gallery, home = tmp_path / "from", tmp_path / "home"
    gallery.mkdir()
    (home / "gallery").mkdir(parents=True)
    for name in ("a", "b", "c"):
        (gallery / f"{name}.ipynb").write_text(f"given {name}")
    (gallery / "notes.txt").write_text("no notebook")
    (home / "gallery" / "a.ipynb").write_text("mine")
    (home / "gallery" / "b.ipynb").symlink_to("nowhere")
    make_ready(home, gallery)
    assert (home / "gallery" / "a.ipynb").read_text() == "mine"
    assert (home / "gallery" / "c.ipynb").read_text() == "given c"
    (home / "gallery" / "c.ipynb").unlink()
    (gallery / "d.ipynb").write_text("given d")
    make_ready(home, gallery)
    assert sorted(each.name for each in (home / "gallery").iterdir()) == ["a.ipynb", "b.ipynb", "d.ipynb"]
    assert not (home / "gallery" / "b.ipynb").exists()


def test_kernels_begin_with_our_extension_and_a_file_beside_is_kept(tmp_path) -> None:
    startup = tmp_path / ".ipython" / "profile_default" / "startup"
    startup.mkdir(parents=True)
    (startup / "mine.py").write_text("x = 1")
    make_ready(tmp_path, None)
    assert (startup / "00-andon.py").read_text() == STARTUP
    assert (startup / "mine.py").read_text() == "x = 1"
