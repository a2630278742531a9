"""Plots on a page of the site."""

from rlcheck.reports.plot import Axis, Curve, Plot, Rule, Scale, Stroke, svg
from rlcheck.site.plot.figure import figure

__all__ = ["Axis", "Curve", "Plot", "Rule", "Scale", "Stroke", "figure", "svg"]
