"""How the documentation is built; `make docs` does it."""

import atexit
import os
import sys
from importlib.metadata import version as installed
from pathlib import Path
from tempfile import TemporaryDirectory

# Executed pages call `mp-bayes` as a reader does, whichever way Sphinx was started.
os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
os.environ["PYTHONPATH"] = str(Path(__file__).parent)  # for `workspace`
os.environ["COLUMNS"] = "100"
# What they write is gone with the build: kernels end too abruptly to clear up themselves.
written = TemporaryDirectory(prefix="mp-bayes-docs-")
atexit.register(written.cleanup)
os.environ["PAGES_FOLDER"] = written.name

project = "mp-bayes"
author = "The mp-bayes authors"
project_copyright = author
version = release = installed("mp-bayes")
language = "en-GB"

extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "numpydoc",
    "sphinxcontrib.bibtex",
]
exclude_patterns = ["_build", "jupyter_execute"]

html_theme = "furo"
html_title = "mp-bayes"
html_static_path = ["_static"]
html_css_files = ["pages.css"]

myst_enable_extensions = ["deflist"]
myst_heading_anchors = 3

# Every build runs the pages anew: a kept output would hide what a change of the code did to it. A
# cell that fails ends the build.
nb_execution_mode = "force"
nb_execution_raise_on_error = True
# Seconds for a cell: the first after an installation compiles, on a machine that others may use.
nb_execution_timeout = 900
nb_merge_streams = True
nb_render_markdown_format = "gfm"

bibtex_bibfiles = ["references.bib"]
bibtex_default_style = "plain"
bibtex_reference_style = "author_year"

# Names in single backquotes are Python's, in docstrings.
default_role = "py:obj"
autodoc_member_order = "bysource"
autodoc_typehints = "none"
autodoc_default_options = {"members": True}
numpydoc_show_class_members = False
