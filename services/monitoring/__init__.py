"""Watching: when scores want a person, and how every asset is.

Owns: alarms with hysteresis, the one open case of an asset, the state of each asset as last seen. Never scores,
trains or deploys. What happened to assets is `services.events`'; what that means to alarms and cases is decided here.

Scores come from the stream, a block at a time. Rules run on the whole block at once (`model.watch`), their counters
stand in the asset's row, and a cursor with the stream's sequence is written in the same transaction: a block counts
once whatever crashes, and several workers may watch the same tenant.

Words: *alarm*, *case*, *shelve* (hide until a time), *re-base* (begin anew in a new regime), *mute*
(shelve at once what a champion of an older regime raises).
"""
