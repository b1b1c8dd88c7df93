"""A result told to people: `words` forms numbers and sentences, `text` the terminal's tables, `tables`
Markdown and LaTeX, `figures` the pictures, `schedules` chooses those worth telling, `page` is the HTML page.

`words` and `canvas` know nothing of the others; `oommc.trace` draws with them too, and `page` shows what it
draws.
"""
