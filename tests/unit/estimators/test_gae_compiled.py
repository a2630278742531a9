"""The compiled route gives what the plain one gives, and is taken only where it may be."""

import subprocess
import sys
from importlib.util import find_spec

import pytest
import torch
from torch import Tensor
from torch.autograd import forward_ad

from rlcheck.estimators import gae, gae_by_scan

gae_module = sys.modules["rlcheck.estimators.gae"]
needs_numba = pytest.mark.skipif(find_spec("numba") is None, reason="numba is absent")

# Around the block of 4,096: many rows a block, one, a piece; and lengths that divide nothing.
SHAPES = [(700, 24), (20_000, 1), (17_001,), (9, 5001), (40, 1024), (33, 1025), (1, 20_000)]


def batch(shape: tuple[int, ...], dtype: torch.dtype) -> list[Tensor]:
    rewards, values, next_values = torch.randn(3, *shape, dtype=torch.float64).to(dtype)
    terminated, truncated = torch.rand(2, *shape) < 0.05
    return [rewards, values, next_values, terminated, truncated]


def largest_error_allowed(arguments: list[Tensor], gamma: float, lam: float) -> Tensor:
    """The bound of a standard error analysis, to first order in eps.

    A row rounds whatever passes through it at most seven times by half an eps (gamma and gamma
    lambda to the precision, their two products, three sums), so with a_t the recursion run on
    absolute values, err_t <= gamma lambda err_{t+1} + 3.5 eps a_t; 5 covers the higher orders and
    the scan's products of coefficients.
    """
    rewards, values, next_values, terminated, truncated = (
        x.double() if x.is_floating_point() else x for x in arguments
    )
    decay = gamma * lam * (~(terminated | truncated)).double()
    size = rewards.abs() + gamma * next_values.abs() + values.abs()
    carried = error = torch.zeros_like(size[0])
    bound = []
    for t in reversed(range(rewards.shape[0])):
        carried = size[t] + decay[t] * carried
        error = carried + decay[t] * error
        bound.append(error)
    eps = torch.finfo(arguments[0].dtype).eps
    return 5 * eps * torch.stack(bound[::-1])


@needs_numba
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_agrees_with_the_plain_route(shape: tuple[int, ...], dtype: torch.dtype) -> None:
    arguments = batch(shape, dtype)
    found = gae_module._compiled()(*arguments, 0.99, 0.95)
    in_double = [x.double() if x.is_floating_point() else x for x in arguments]
    exact = gae_by_scan(*in_double, 0.99, 0.95)
    floor = largest_error_allowed(arguments, 0.99, 0.95)
    assert found.dtype == dtype
    assert found.shape == exact.shape
    assert ((found - exact).abs() <= floor).all()
    assert ((gae_by_scan(*arguments, 0.99, 0.95) - exact).abs() <= floor).all()


@needs_numba
def test_arrays_that_are_not_contiguous() -> None:
    arguments = batch((120, 300), torch.float64)
    expected = gae_by_scan(*arguments, 0.99, 0.95)
    strided = [torch.stack([x, x], dim=-1)[..., 0] for x in arguments]
    transposed = [x.T.contiguous().T for x in arguments]
    assert not strided[0].is_contiguous()
    assert not transposed[3].is_contiguous()
    for others in (strided, transposed):
        assert torch.allclose(gae(*others, 0.99, 0.95), expected, rtol=0, atol=1e-12)


@needs_numba
def test_inputs_are_left_as_they_were() -> None:
    arguments = batch((700, 24), torch.float32)
    before = [x.clone() for x in arguments]
    gae(*arguments, 0.99, 0.95)
    assert all(torch.equal(a, b) for a, b in zip(arguments, before, strict=True))


@pytest.fixture
def taken(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Which route each call of `gae` took."""
    calls: list[str] = []

    def compiled(*arguments):
        calls.append("compiled")
        return gae_by_scan(*arguments)

    monkeypatch.setattr(gae_module, "_compiled", lambda: compiled)
    return calls


def test_taken_for_large_arrays_of_numbers(taken: list[str]) -> None:
    gae(*batch((700, 24), torch.float32), 0.99, 0.95)
    with torch.no_grad():
        arguments = batch((700, 24), torch.float64)
        arguments[1].requires_grad_()
        gae(*arguments, 0.99, 0.95)
    assert taken == ["compiled", "compiled"]


@pytest.mark.parametrize("index", range(3))
def test_not_taken_where_a_gradient_is_asked_for(taken: list[str], index: int) -> None:
    arguments = batch((700, 24), torch.float64)
    arguments[index].requires_grad_()
    assert gae(*arguments, 0.99, 0.95).requires_grad
    assert taken == []


def test_not_taken_for_other_kinds_of_arrays(taken: list[str]) -> None:
    large, mixed = batch((700, 24), torch.float64), batch((700, 24), torch.float64)
    mixed[1] = mixed[1].float()
    gae(*batch((7, 24), torch.float64), 0.99, 0.95)
    gae(*batch((700, 24), torch.bfloat16), 0.99, 0.95)
    gae(*mixed, 0.99, 0.95)
    gae(*(x.to("meta") for x in large), 0.99, 0.95)
    gae(torch.nn.Parameter(large[0]), *large[1:], 0.99, 0.95)
    assert taken == []


def test_function_transforms_see_the_derivative(taken: list[str]) -> None:
    rewards, *others = batch((700, 24), torch.float64)

    def total(r: Tensor) -> Tensor:
        return gae(r, *others, 0.99, 0.95).sum()

    plain = rewards.clone().requires_grad_()
    expected = torch.autograd.grad(total(plain), plain)[0]
    assert torch.equal(torch.func.grad(total)(rewards), expected)
    tangent = torch.ones_like(rewards)
    slope = torch.func.jvp(total, (rewards,), (tangent,))[1]
    assert abs(slope - expected.sum()) <= 1e-12 * expected.abs().sum()
    with forward_ad.dual_level():
        dual = forward_ad.unpack_dual(total(forward_ad.make_dual(rewards, tangent)))
        assert abs(dual.tangent - slope) <= 1e-12 * expected.abs().sum()
    both = torch.func.vmap(total)(torch.stack([rewards, 2 * rewards]))
    assert abs(both[0] - total(plain)) <= 1e-12 * both.abs().max()
    assert taken == []


@pytest.mark.parametrize("how", ["absent", pytest.param("disabled", marks=pytest.mark.thorough)])
def test_falls_back_without_numba(how: str) -> None:
    program = f"""
import os, sys
if {how == "absent"}:
    sys.modules["numba"] = None
else:
    os.environ["NUMBA_DISABLE_JIT"] = "1"
import torch
torch.set_num_threads(1)
from rlcheck.estimators import gae, gae_by_scan
x, v, w = torch.randn(3, 300, 100)
over, cut = torch.rand(2, 300, 100) < 0.1
assert torch.equal(gae(x, v, w, over, cut, 0.9, 0.9), gae_by_scan(x, v, w, over, cut, 0.9, 0.9))
"""
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)


@pytest.mark.gpu
def test_on_a_gpu_no_operation_is_done_step_by_step() -> None:
    from torch.profiler import ProfilerActivity, profile

    arguments = [x.cuda() for x in batch((2048, 16), torch.float32)]
    gae(*arguments, 0.99, 0.95)
    with profile(activities=[ProfilerActivity.CUDA]) as record:
        found = gae(*arguments, 0.99, 0.95)
        torch.cuda.synchronize()
    launches = sum(event.count for event in record.key_averages())
    # Eleven levels of about six operations, and a dozen to prepare.
    assert launches < 150
    exact = gae_by_scan(*(x.cpu().double() for x in arguments), 0.99, 0.95)
    floor = largest_error_allowed([x.cpu() for x in arguments], 0.99, 0.95)
    assert ((found.cpu() - exact).abs() <= floor).all()
