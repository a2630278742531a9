"""The exceptions of the engine: a step that is not accepted, a point that must be drawn again."""


class Refused(Exception):
    """A step that the engine does not accept: it is false, undefined, or cannot be decided."""


class Undefined(Refused):
    """A side has no value: a time outside the trajectory, a logarithm of what may be negative."""


class PoleAtPoint(ZeroDivisionError):
    """A denominator is zero at the point drawn. Elsewhere it may not be: draw again."""


class NoRootAtPoint(Exception):
    """An argument of a square root has none in the field at the point drawn: draw again."""
