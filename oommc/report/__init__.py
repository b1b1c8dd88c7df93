"""A result told to people: `words` forms numbers and sentences, `text` the terminal's tables, `figures` the
pictures, `page` the HTML page."""
