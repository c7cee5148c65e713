import marimo

app = marimo.App()


@app.cell
def imports():
    import pandas as pd
    from andon_sdk.plugin import Estimator
    return Estimator, pd


@app.cell
def load(pd):
    # the rows of a month
    scrubber = pd.read_parquet("/data/scrubber.parquet")  # finds: absolute-path
    return (scrubber,)


@app.cell
def _(scrubber):
    scrubber.describe()  # finds: untagged-cell
    return


@app.cell
def metrics(scrubber):
    rows = len(scrubber)
    return


@app.cell
def recipe(Estimator, scrubber):
    recipe = Estimator("scrubber", "Scrubber", "1", None, None, scrubber, stacked=True)  # finds: recipe-of-rows
    return
