"""Round numbers along an axis, and how they are written."""

import math

from rlcheck.reports.layout import number


def linear_ticks(low: float, high: float) -> list[tuple[float, str]]:
    """Three to six round numbers between two ends, with their labels."""
    rough = (high - low) / 5
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * k for k in (1, 2, 5, 10) if power * k >= rough * (1 - 1e-9))
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [(k * step, number(k * step, 4).replace("-", "−")) for k in range(first, last + 1)]


def log_ticks(low: float, high: float) -> list[tuple[float, str]]:
    """Powers of ten between two ends, every second or third where there are many."""
    first, last = math.ceil(math.log10(low) - 1e-9), math.floor(math.log10(high) + 1e-9)
    if last - first < 2:
        return _finer(low, high)
    every = max(1, math.ceil((last - first) / 6))
    return [(10.0**k, power_of_ten(k)) for k in range(first, last + 1, every)]


def _finer(low: float, high: float) -> list[tuple[float, str]]:
    """1, 2 and 5 times the powers of ten, where there are few of those alone."""
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    numbers = [k * 10.0**power for power in powers for k in (1, 2, 5)]
    return [(x, number(x, 4)) for x in numbers if low * (1 - 1e-9) <= x <= high * (1 + 1e-9)]


def power_of_ten(exponent: int) -> str:
    """`0.1`, `1`, `10`, and from there on with the exponent raised."""
    if -2 <= exponent <= 3:
        return f"{10.0**exponent:g}"
    return "10" + str(exponent).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
