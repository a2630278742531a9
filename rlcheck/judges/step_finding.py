"""What a coordinate of a step, of a product or of a solution is called in a report."""

from rlcheck.judges.measurement import Measurement
from rlcheck.judges.response import coordinate_name
from rlcheck.variants.step_problem import part_of, problem_of


def coordinate_of_a_step(measured: Measurement, index: int, asks: frozenset[str]) -> str:
    """The name of the worst coordinate, by the policy's own parameters."""
    parameters = dict(problem_of(measured.case.sampled).parameters)
    size = sum(parameter.numel() for parameter in parameters.values())
    if len(measured.found) < size:
        return measured.note or measured.property_id
    part = part_of(asks)
    if part == "step":
        return f"step of {coordinate_name(index, parameters)}"
    row = coordinate_name(index % size, parameters)
    if part == "solver":
        return f"(A x) at {row}"
    return f"(F v) at {row}, v along {coordinate_name(index // size, parameters)}"
