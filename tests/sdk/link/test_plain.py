"""What IPython adds is taken out of a cell, and lines keep their numbers."""

import pytest

from andon_sdk.link.plain import Magic, plain


@pytest.mark.parametrize(
    ("source", "became", "magics"),
    [
        ("a = 1", "a = 1", ()),
        ("a = 7 % 3\n%matplotlib inline", "a = 7 % 3\n# %matplotlib inline", (Magic(2, "%matplotlib inline"),)),
        ("if a:\n    !ls\nb = 1", "if a:\n    pass  # !ls\nb = 1", (Magic(2, "!ls"),)),
        ("files = !ls *.csv", "files = None  # !ls *.csv", (Magic(1, "!ls *.csv", kept="files ="),)),
        ("!pip install \\\n  polars\na = 1", "# !pip install \\\n#   polars\na = 1", (Magic(1, "!pip install \\"),)),
        ("df.head?\na = 1", "# df.head?\na = 1", (Magic(1, "df.head?"),)),
        ("%time a = f()", "a = f()  # %time", (Magic(1, "%time a = f()"),)),
        ("%%time\na = 1", "# %%time\na = 1", (Magic(1, "%%time"),)),
        ("# why\n%%step clean\na = 1", "# why\n# %%step clean\na = 1", (Magic(2, "%%step clean"),)),
        ("%%bash\nls\n\ncd", "# %%bash\n# ls\n\n# cd", (Magic(1, "%%bash", whole=True),)),
        ('a = """\n%matplotlib\n!ls\n"""', 'a = """\n%matplotlib\n!ls\n"""', ()),
        ("a = (7\n % 3)", "a = (7\n % 3)", ()),
    ],
)
def test_magics_become_comments(source, became, magics):
    found = plain(source)
    assert (found.source, found.magics, found.error) == (became, magics, None)


def test_what_is_not_python_says_where():
    found = plain("a = 1\nb = = 2")
    assert found.error is not None
    assert (found.error.lineno, found.tree.body) == (2, [])
