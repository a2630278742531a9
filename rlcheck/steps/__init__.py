"""The parts of an update that are not a loss. Pure functions."""

from rlcheck.steps.adaptive_kl import adaptive_kl

__all__ = ["adaptive_kl"]
