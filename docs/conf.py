"""How Sphinx builds the site: `make docs`. What is drawn or listed from the code is in `docs/building`."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

import statemachine

project = "session-replay-statemachine"
version = release = statemachine.__version__
language = "en"

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx_click", "docs.building"]
exclude_patterns = ["_build"]

myst_enable_extensions = ["attrs_inline"]
myst_heading_anchors = 4  # the specifications link to headings, as GitHub names them

smartquotes = False  # quotation marks are often part of what is said
default_role = "code"  # docstrings have names in single backticks
autodoc_member_order = "bysource"
autodoc_typehints_format = "short"
python_use_unqualified_type_names = True
python_maximum_signature_line_length = 88
# Other projects' names: their inventories are on the network, and the site is built without.
nitpick_ignore_regex = [
    (r"py:.*", r"(attr|collections|hypothesis|pyspark|transitions)\..*"),
]
nitpick_ignore = [  # in signatures, and not exported
    ("py:class", "DataFrame"),
    ("py:class", "Recent"),
    ("py:class", "Visitor"),
    ("py:class", "statemachine.event.Event"),
    ("py:class", "statemachine.event.Unreadable"),
    ("py:class", "statemachine.ids.T"),
    ("py:class", "statemachine.rules.Example"),
]

html_theme = "furo"
html_title = "session-replay-statemachine"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_show_copyright = False
html_show_sphinx = False
html_copy_source = False
html_theme_options = {
    "light_css_variables": {"color-brand-primary": "#0b5cad", "color-brand-content": "#0b5cad"},
    "dark_css_variables": {"color-brand-primary": "#7db8ff", "color-brand-content": "#7db8ff"},
}
pygments_style = "a11y-high-contrast-light"
pygments_dark_style = "a11y-high-contrast-dark"
