"""Plots as SVG whose colours are the page's own: CSS variables, so that they follow the theme."""

from rlcheck.site.plot.figure import figure
from rlcheck.site.plot.svg import Axis, Curve, Plot, Rule, Scale, Stroke, svg

__all__ = ["Axis", "Curve", "Plot", "Rule", "Scale", "Stroke", "figure", "svg"]
