"""Runs: one execution of training for one or many assets, and the gates its versions must pass.

Owns runs, their stages and their gates; registers the versions that passed and names them challengers. Never serves,
never promotes, and never computes: training happens in the tenant's training cluster (`cluster/`), which is told what
to do over the stream and answers there.

Words: *run*, *stage* (the time a run spends in one state), *gate* (a check a new version must pass), *attempt* (a run
is taken up again when the trainer is lost), *held out* (the newest rows of the range, kept from training).

News: `training.run_ended` with `run_id`, `state` and `asset_ids`.
"""
