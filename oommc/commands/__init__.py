"""A command each, thin: `add_arguments(parser)`, and `run(args)`, which calls the rooms and prints.

`oommc.cli` loads the one that is asked for. What takes time to load is imported in `run`, so that --help doesn't wait
for it. Nothing else imports a command: what several share stands beside them (`own`, `log`, `text`, `ended`), what does
the work in its room.
"""
