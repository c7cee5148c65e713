"""Graphs of pipelines, by hand: what reading a notebook would make."""

from andon_sdk.link.contracts import Graph, LinkParameter, Step


def step(name, source, takes="", gives="", reads="", after="", cells=()):
    """Names in one text, apart by blanks."""
    return Step(name, cells, source, *(tuple(each.split()) for each in (takes, gives, reads, after)))


EPOCHS = LinkParameter("epochs", int, 3, "Passes over the rows", 1, 200)


def graph(*steps, imports="", metrics=None, parameters=(EPOCHS,), recipe=()):
    return Graph(imports, tuple(parameters), tuple(steps), metrics, tuple(recipe))


def numbers(**imports_and_numbers):
    """Three steps over plain numbers: `load` → `double` → `metrics`, `other` by the side."""
    return graph(
        step("load", "values = [1.0, 2.0]", gives="values"),
        step("double", "doubled = [2 * each for each in values] * epochs", "values", "doubled", "epochs", "load"),
        step("other", "side = 5", gives="side"),
        metrics=step("metrics", "total = sum(doubled)\ncount = len(doubled)", "doubled", "total count", "", "double"),
        **imports_and_numbers,
    )
