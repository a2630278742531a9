"""Square roots in one form: √(a²b) = a√b for a > 0, and nothing in the denominator below a root."""

from typing import Any

from sympy import Expr, Integer, S, factor_list, factorint, fraction, together

from derivations.language.regions import sign


def outside_and_inside(body: Expr) -> tuple[Expr, Expr]:
    """√body = outside · √inside, where the factors taken out are positive in the region at hand."""
    top, bottom = fraction(together(body))
    outside, inside = S.One, S.One
    for part, down in ((top, False), (bottom, True)):
        factored: Any = factor_list(part)
        for factor, power in [*_of_number(factored[0]), *factored[1]]:
            if sign(factor) != 1:
                return S.One, body
            # 1/√f = √f / f: below the root everything stands in the numerator.
            whole = -(-power // 2) if down else power // 2
            outside = outside / factor**whole if down else outside * factor**whole
            inside = inside * factor ** (power % 2)
    return outside, inside


def _of_number(constant: Any) -> list[tuple[Expr, int]]:
    if constant.q != 1 or constant <= 0:
        return [(constant, 1)]
    return [(Integer(prime), power) for prime, power in factorint(int(constant)).items()]
