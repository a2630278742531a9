"""How tests hand implementations over on a device: watched, whole verdicts or one comparison."""

import inspect
from collections.abc import Callable
from typing import Any

from torch import Tensor, nn

import rlcheck
from rlcheck.claims import find_claim
from rlcheck.judges.callers import ReferenceCaller, SubjectCaller
from rlcheck.judges.cases import sampled_cases
from rlcheck.judges.examination import Examination
from rlcheck.judges.floors import EPS64
from rlcheck.judges.placing import existing_device, on_device, precision_of
from rlcheck.judges.recorder import Recorder
from rlcheck.judges.same_batch import compare
from rlcheck.subjects import Subject
from rlcheck.verdict import Verdict


class Guarded:
    """A subject that looks where everything that it is handed lies, at every call."""

    def __init__(self, function: Callable[..., Any], device: str) -> None:
        self.function, self.device, self.calls = function, device, 0
        self.__name__ = getattr(function, "__name__", "subject")
        self.__signature__ = inspect.signature(function)

    def __call__(self, **words: Any) -> Any:
        self.calls += 1
        for name, value in words.items():
            tensors = list(value.parameters()) if isinstance(value, nn.Module) else [value]
            for tensor in tensors:
                if isinstance(tensor, Tensor):
                    assert tensor.device.type == self.device, name
        return self.function(**words)


def check(function: Callable[..., Any], device: str, **options: Any) -> Verdict:
    guarded = Guarded(function, device)
    options.setdefault("shrink", False)
    verdict = rlcheck.check(guarded, device=device, **options)
    assert guarded.calls > 0
    return verdict


def expectations(subject: Subject, claim: str, device: str) -> dict[str, list[bool]]:
    """Property -> whether it held, of every exact expectation that a verdict would take."""
    promised, where = find_claim(claim), existing_device(device)
    caller = SubjectCaller(subject=subject, claim=promised, recorder=Recorder(device=where))
    examination = Examination(claim=promised, subject=subject, caller=caller, device=where)
    examination.exact()
    found: dict[str, list[bool]] = {}
    for measured in examination.measurements:
        found.setdefault(measured.property_id, []).append(measured.holds)
    assert not examination.refused, examination.refused
    return found


def holds(subject: Subject, claim: str, device: str, eps: float = EPS64) -> bool:
    """Whether a subject gives the claim's formula on one batch on a device."""
    promised, where = find_claim(claim), existing_device(device)
    subject = on_device(subject, where)
    caller = SubjectCaller(
        subject=subject, claim=promised, recorder=Recorder(device=where),
        eps=max(eps, precision_of(subject)),
    )  # fmt: skip
    reference = ReferenceCaller(claim=promised, asks=subject.asks)
    # On policy the ratio is one and forgives much; off policy, where the claim goes there.
    cases = (c for c in sampled_cases(promised, subject, 0) if c.on_policy != promised.off_policy)
    case = next(cases).to(where)
    return compare("same-batch-on-policy", caller, reference, case, case.sampled).holds
