"""What an implementation answers of a trust-region step: products, solutions, or a moved policy.

A product is asked for along every unit vector, a solver for two operators, and a step is whatever
has become of the policy's parameters; nothing is edited for that, and all is put back.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from rlcheck.exact.trust_region import StepProblem
from rlcheck.judges.response import Response, SubjectFailure, require_finite
from rlcheck.subjects.batch import Batch
from rlcheck.subjects.layouts import to_tensor
from rlcheck.variants.step_problem import Part, operators, problem_of

Call = Callable[[Mapping[str, Any]], tuple[Any, tuple[str, ...]]]
"""(words beside those of the batch) -> (what was returned, which arguments were changed)."""


def answer(part: Part, batch: Batch, call: Call, trained: Mapping[str, nn.Parameter]) -> Response:
    """The answer of one part on a batch.

    Args:
        part: what the implementation performs.
        batch: what it is handed.
        call: calls it.
        trained: every parameter that it may move; put back.
    """
    if part == "step":
        return _moved(batch, call, trained)
    found = _products(batch, call) if part == "product" else _solutions(batch, call)
    require_finite(found.vector, "what it returned")
    return found


def _products(batch: Batch, call: Call) -> Response:
    problem = problem_of(batch)
    kind = next(iter(problem.parameters.values()))
    units = torch.eye(len(problem.theta), dtype=kind.dtype, device=kind.device)
    columns, changed = [], set()
    for unit in units:
        output, touched = call({"vector": unit.clone()})
        columns.append(_flat(output, len(unit), "the product"))
        changed |= {*touched}
    return Response(vector=torch.cat(columns), changed=tuple(sorted(changed)))


def _solutions(batch: Batch, call: Call) -> Response:
    """A x for every operator: where A is singular, x is not unique, and A x is."""
    problem = problem_of(batch)
    images, solutions, changed = [], [], set()
    for matrix in operators(problem, batch.settings["damping"]):

        def operator(v: Tensor, matrix: Tensor = matrix) -> Tensor:
            return matrix @ v

        output, touched = call({"operator": operator, "rhs": problem.gradient.clone()})
        first = output[0] if isinstance(output, tuple | list) and len(output) > 0 else output
        x = _flat(getattr(first, "x", first), len(problem.theta), "the solution")
        images.append(matrix.cpu() @ x)
        solutions.append(x)
        changed |= {*touched}
    return Response(
        vector=torch.cat(images), raw=torch.stack(solutions), changed=tuple(sorted(changed))
    )


def _flat(output: Any, size: int, what: str) -> Tensor:
    found = to_tensor(output)
    if found is None or found.numel() != size:
        got = f"a tensor of shape {list(found.shape)}" if found is not None else repr(output)[:80]
        raise SubjectFailure(f"it returned {got} where {what} is due, [{size}]")
    return found.detach().reshape(-1).to("cpu", torch.float64)


def _moved(batch: Batch, call: Call, trained: Mapping[str, nn.Parameter]) -> Response:
    problem = problem_of(batch)
    before = problem.theta
    with _kept(trained):
        output, changed = call({})
        after = torch.cat([p.detach().reshape(-1) for p in problem.parameters.values()])
    after = after.to(torch.float64)
    if torch.equal(after, before) and output is not None:
        after = _returned(output, problem)
    require_finite(after, "the policy's parameters after its step")
    step = (after - before).cpu()
    seen = problem.in_range(step.to(before.device)).cpu()
    return Response(vector=seen, raw=step, changed=changed)


@contextmanager
def _kept(parameters: Mapping[str, nn.Parameter]) -> Iterator[None]:
    """Puts parameters back whatever moved them: in place, by `.data`, or by a flat view of them."""
    before = {name: (p.data, p.detach().clone()) for name, p in parameters.items()}
    try:
        yield
    finally:
        with torch.no_grad():
            for name, parameter in parameters.items():
                # The very memory that it had: others may look into it.
                parameter.data, values = before[name]
                parameter.copy_(values)
                parameter.grad = None


def _returned(output: Any, problem: StepProblem) -> Tensor:
    """New parameters that were returned: by name, as a list, or flat.

    Anything else (statistics, say) is none: nothing has moved.
    """
    if isinstance(output, Mapping):
        found = [output.get(_last(name, output)) for name in problem.parameters]
    else:
        found = list(output) if isinstance(output, list | tuple) else [output]
    pieces = [piece for piece in map(to_tensor, found) if piece is not None]
    flat = torch.cat([piece.detach().reshape(-1) for piece in pieces]) if pieces else None
    if flat is None or len(flat) != len(problem.theta):
        return problem.theta
    return flat.to(problem.theta)


def _last(name: str, output: Mapping[str, Any]) -> str:
    """A parameter's name in the policy's own module: without what rlcheck put before it."""
    while name not in output and "." in name:
        name = name.partition(".")[2]
    return name
