"""The rule that adapts the penalty coefficient, wrongly written."""


def fed_the_square(kl_coef, kl, kl_target):
    measured = 0.5 * kl**2
    if measured > 1.5 * kl_target:
        return kl_coef * 2
    if measured < kl_target / 1.5:
        return kl_coef / 2
    return kl_coef


def directions_exchanged(kl_coef, kl, kl_target):
    if kl > 1.5 * kl_target:
        return kl_coef / 2
    if kl < kl_target / 1.5:
        return kl_coef * 2
    return kl_coef


def never_lowers(kl_coef, kl, kl_target):
    return kl_coef * 2 if kl > 1.5 * kl_target else kl_coef


def no_dead_band(kl_coef, kl, kl_target):
    return kl_coef * 2 if kl > kl_target else kl_coef / 2


def band_open_below(kl_coef, kl, kl_target):
    if kl > 1.5 * kl_target:
        return kl_coef * 2
    if kl < kl_target:
        return kl_coef / 2
    return kl_coef


def moves_by_the_band(kl_coef, kl, kl_target):
    if kl > 1.5 * kl_target:
        return kl_coef * 1.5
    if kl < kl_target / 1.5:
        return kl_coef / 1.5
    return kl_coef
