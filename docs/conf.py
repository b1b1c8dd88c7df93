"""The site: `python -m sphinx -W --keep-going docs build/site` (`pip install '.[docs]'`)."""

from oommc.collect.manifest import version as version_of

project = "oommc"
author = "The oommc maintainers"
project_copyright = "the oommc maintainers"
version = release = version_of()

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.viewcode", "sphinx_copybutton"]
myst_enable_extensions = ["deflist"]
myst_heading_anchors = 3
default_role = "code"  # docstrings say names as Markdown does
autodoc_member_order = "bysource"
autodoc_typehints = "description"

smartquotes = False  # `--option` is no dash
html_static_path = ["static"]
html_css_files = ["site.css"]
html_theme = "furo"
html_title = f"oommc {release}"
html_show_copyright = False
exclude_patterns = ["**/.*"]
man_pages = [("commands", "oommc", "Monte Carlo of the Linux OOM killer", author, 1)]
