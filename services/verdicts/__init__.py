"""Verdicts: what a shadow is worth to who answers for the machines, against the champion on the same rows.

Owns no row. Reads scores from the history and labels from events, replays the alarm rule of monitoring for both, and
never changes what serves: a verdict is a proposal, and promoting is a person's.

`evidence` turns scores into alarms and holds them against what happened; `sequential` says when there is enough of it;
`proposal` says it in words. The three know arrays and contracts only: no database, no tenant, no clock.

Words: *target* (a failure, or a period judged abnormal, that an alarm should warn of), *matter* (alarms of an asset
with little between them, as a case gathers them), *false alarm* (a matter that no target explains), *settled* (long
enough ago that no failure can explain an alarm any more), *block* (a day of an asset, the unit of the test).
"""
