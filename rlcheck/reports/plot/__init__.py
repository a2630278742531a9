"""Plots as SVG whose colours are a page's own: CSS variables, so that they follow the theme."""

from rlcheck.reports.plot.alone import alone
from rlcheck.reports.plot.svg import Axis, Curve, Plot, Rule, Scale, Stroke, svg

__all__ = ["Axis", "Curve", "Plot", "Rule", "Scale", "Stroke", "alone", "svg"]
