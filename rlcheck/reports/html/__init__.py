"""Verdicts as one HTML file that needs nothing else: no script, no font, no other host."""

from rlcheck.reports.html.page import to_html

__all__ = ["to_html"]
