"""A result told to people: `text` forms sentences and the terminal's table, `tables` Markdown and LaTeX, `figures` the
pictures, `schedules` chooses those worth telling, `page` is the HTML page, in which `oommc.trace` draws schedules.
"""
