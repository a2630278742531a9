"""Printed formulas that are wrong, each refuted by the smallest world on which it fails."""

from derivations.errata import advantages, gradients, importance_sampling, ppo
from derivations.errata.form import Erratum

ERRATA: tuple[Erratum, ...] = (
    *gradients.ERRATA,
    *advantages.ERRATA,
    *importance_sampling.ERRATA,
    *ppo.ERRATA,
)
