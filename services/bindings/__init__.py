"""Standing rules that bind assets to a blueprint, so that a machine that is new gets a model without anybody's doing.

Owns rules and bindings. A rule is a label query with a blueprint and parameters; each asset that matches is bound, now
or whenever it comes. Until an asset has rows of its own to train on, it borrows a model of the fleet.

Never trains, judges or scores: runs are of training, champions of serving, labels of assets.

Words: *rule* (a standing label query with a blueprint), *binding* (a blueprint applied to an asset), *borrowed* (said
of a model that was trained on another asset's rows and adapted to the first rows of this one), *own* (trained on the
asset's rows).
"""
