"""A blueprint goes to many assets by cohorts: a few first, the others only while the first do well.

Owns rollouts and what each came to for each of its assets. Trains through training (one run a cohort), promotes and
takes back through serving, and judges nothing itself: the gates of training say which versions pass.

A rollout is taken on by the job `rollouts.advance` from wherever its rows say it stands, and by `rollouts.note_run`
when a run ends; each does its step in one transaction, so that one that died is done again and nothing is done twice.

Words: *cohort* (the assets that a rollout trains in one run), *stop rule* (the share of a cohort that may fail; above
it the rollout pauses), *quarantined* (an asset whose version did not pass, with the reason; it keeps its champion).
"""
