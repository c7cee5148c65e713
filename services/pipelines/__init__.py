"""A tenant's own pipeline packages: notebooks that became blueprints, registered by the tenant's engineers.

Owns how a wheel is judged before the tenant has it, what it says of its notebook, and the way from version to version.
The rows and files are those of `services.plugins`, which gives a pipeline to the tenant's boxes as it does any package.
Never runs anything of a pipeline but in the process of its own in which every plugin is asked what it declares.

Words: *pipeline* (a package that was made from a notebook), *version* (one content of it, under a number), *link* (what
the wheel says of its notebook: parameters, steps, findings, proof, environment), *proof* (that a clean process gave the
notebook's own metrics).
"""
