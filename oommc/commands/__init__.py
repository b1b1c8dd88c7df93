"""A command each, thin: `add_arguments(parser)`, and `run(args)`, which calls the rooms and prints.

`oommc.cli` loads the one that is asked for. What takes time to load is imported in `run`, so that --help doesn't wait for it.
Commands with a good deal of their own to do stand in their rooms: fit, incident, advise, bench.
"""
