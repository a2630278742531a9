"""Writes the site: pages of Markdown from the objects of `derivations`, then `mkdocs build`.

It works in a clone only: what it renders formulas with, and the pages that people wrote, are not
in the wheel, and neither is this package.
"""
