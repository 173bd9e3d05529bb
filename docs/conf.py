"""How Sphinx builds the site.

The notebooks are copied in and run in a workspace of the build; the reference of the command line
is written from the commands.
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from command_line import page  # noqa: E402, one of our own, found by the line above

from parallelsdk.cli._main import root as command_line  # noqa: E402

ROOT = HERE.parent

os.environ.setdefault("PARALLELSDK_HOME", str(ROOT / "build" / "docs-workspace"))
shutil.rmtree(HERE / "notebooks", ignore_errors=True)
shutil.copytree(ROOT / "notebooks", HERE / "notebooks", ignore=shutil.ignore_patterns(".*"))

(HERE / "reference" / "command-line.md").write_text(page(command_line), encoding="utf-8")

project = "parallelsdk"
author = "The parallelsdk authors"
copyright = "2026, The parallelsdk authors"

extensions = ["myst_nb"]
exclude_patterns = ["**/.ipynb_checkpoints"]
html_theme = "pydata_sphinx_theme"
html_title = "parallelsdk"
html_theme_options = {
    "navigation_with_keys": False,
    "show_prev_next": False,
    "header_links_before_dropdown": 4,
}
html_sidebars = {"**": []}  # the pages are few, and all of them stand in the header
html_sourcelink_suffix = ""

myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3
# Placeholders such as ${{inputs.x}} are text here, not substitutions.
suppress_warnings = ["myst.header"]

nb_execution_mode = "force"
nb_execution_timeout = 240
nb_execution_raise_on_error = True
nb_merge_streams = True
