"""What everything that is shown is made with: numbers in words, aligned tables, a canvas, the style of pages."""
