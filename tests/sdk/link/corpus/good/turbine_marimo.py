import marimo

__generated_with = "0.14.0"
app = marimo.App(width="medium")

with app.setup:
    import marimo as mo
    import numpy as np
    import polars as pl
    from andon_sdk.link.recipes import sklearn_recipe
    from sklearn.linear_model import LinearRegression


@app.cell(hide_code=True)
def _():
    mo.md(r"""
    # Power curves of wind turbines
    """)
    return


@app.cell
def parameters():
    rated_kw = 2000.0
    bins = 20
    return bins, rated_kw


@app.cell
def load(rated_kw):
    scada = pl.read_parquet("scada.parquet").filter(pl.col("power") <= rated_kw)
    scada
    return (scada,)


@app.cell
def curve(bins, scada):
    # power against wind
    edges = np.linspace(0, 25, bins + 1)
    place = np.digitize(scada["wind"].to_numpy(), edges)
    query = """
select power
  from curve
"""
    means = np.array([scada["power"].to_numpy()[place == at].mean() if (place == at).any() else 0.0 for at in range(bins)])
    return edges, means, place


@app.function
def relative(power, expected):
    return (power - expected) / np.maximum(expected, 1.0)


@app.cell
def judged(means, place, scada):
    deviation = relative(scada["power"].to_numpy(), means[np.clip(place, 0, len(means) - 1)])
    return (deviation,)


@app.cell
def metrics(deviation):
    below = float((deviation < -0.2).mean())
    spread = float(deviation.std())
    return


@app.cell
def _():
    # step: recipe
    recipe = sklearn_recipe(key="turbine", title="Turbine", contract=None, make=lambda parameters: LinearRegression())
    return (recipe,)


if __name__ == "__main__":
    app.run()
