import marimo

app = marimo.App()

with app.setup:
    import numpy as np
    from andon_sdk.plugin import Estimator


@app.cell
def _():
    # step: simulate
    feed = np.random.rand(10)  # finds: unseeded
    return (feed,)


@app.cell
def _(feed):
    # step: scale
    feed *= 2  # finds: bound-twice, changed-given
    return


@app.cell
def _(feed):
    # metrics
    level = feed.mean()
    return


@app.cell
def _():
    # step: recipe
    recipe = Estimator("separator", "Separator", "1", None, None, None, stacked=True)
    return
