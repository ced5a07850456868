"""How Sphinx builds the documentation site: `make docs`."""
# ruff: noqa: INP001

from __future__ import annotations

import shutil
from importlib.metadata import version as installed
from importlib.resources import files
from pathlib import Path
from typing import Any

from docutils import nodes
from latex2mathml.converter import convert
from pygments.lexers.special import TextLexer
from sphinx.application import Sphinx

project = "Living forecast"
author = "The living-forecast contributors"
copyright = author  # noqa: A001  # Sphinx names it
version = release = installed("living-forecast")

extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "numpydoc",
    "sphinx_click",
    "sphinx_copybutton",
]
exclude_patterns = ["_build", "**/.ipynb_checkpoints"]
master_doc = "index"
smartquotes = False  # examples are there to be pasted: -- stays --

html_theme = "furo"
html_title = "Living forecast"
html_static_path = [
    "static",
    str(files("ziamath") / "fonts" / "STIXTwoMath-Regular.ttf"),
]  # STIX Two Math, for formulas
html_css_files = ["site.css"]
html_copy_source = False
html_show_sphinx = False

myst_enable_extensions = ["dollarmath"]
myst_heading_anchors = 4
nb_execution_mode = "off"  # they are committed with their outputs, and the tests run them
nb_merge_streams = True

autodoc_typehints = "none"
autodoc_member_order = "bysource"
numpydoc_show_class_members = False
numpydoc_xref_param_type = False
copybutton_prompt_text = r">>> |\$ "
copybutton_prompt_is_regexp = True


def _inline(self: Any, node: nodes.math) -> None:
    self.body.append(convert(node.astext()))
    raise nodes.SkipNode


def _block(self: Any, node: nodes.math_block) -> None:
    self.body.append(f'<div class="math">{convert(node.astext(), display="block")}</div>')
    raise nodes.SkipNode


def _staged(app: Sphinx, _: object) -> None:
    """Copy the notebooks in; Sphinx reads one folder only."""
    source = Path(app.srcdir)
    shutil.copytree(source.parent / "notebooks", source / "notebooks", dirs_exist_ok=True)


def _placed(app: Sphinx, docname: str, text: list[str]) -> None:
    """Mend what is different on the site: where notebooks are, and pages that are still to come."""
    text[0] = text[0].replace("](../notebooks/", "](notebooks/").replace("](../docs/", "](../")
    if docname == "index":
        lines = text[0].splitlines()
        there = [x for x in lines if not x.endswith("*") or any(Path(app.srcdir).glob(f"{x}.*"))]
        text[0] = "\n".join(there)


def setup(app: Sphinx) -> None:
    """Write formulas as MathML, which browsers show without a script or a network."""
    app.add_html_math_renderer("mathml", (_inline, None), (_block, None))
    app.config.html_math_renderer = "mathml"
    app.connect("config-inited", _staged)
    app.connect("source-read", _placed)
    app.add_lexer("csv", TextLexer)
