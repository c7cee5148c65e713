import marimo

app = marimo.App()


@app.cell
def imports():
    import marimo as mo
    import pandas as pd
    from andon_sdk.plugin import Estimator

    return Estimator, mo, pd


@app.cell
def _(mo):
    mo.md("""# Compressors""")
    return


@app.cell
def load(pd):
    readings = pd.read_parquet("compressor.parquet")
    return (readings,)


@app.cell
def daily(readings):
    by_day = readings.resample("1D", on="time").mean(numeric_only=True).ffill()
    return (by_day,)


@app.cell
def plot(by_day):
    by_day.plot()
    return


@app.cell
def metrics(by_day):
    days = len(by_day)
    return


@app.cell
def recipe(Estimator):
    def fit(rows, parameters):
        return {"low": rows.x.min(0), "high": rows.x.max(0)}

    def score(model, x, seen, judged):
        return (x > model["high"]) * judged

    recipe = Estimator("compressor", "Compressor", "1", None, fit, score, stacked=False)
    return
