"""The emulated device catches each kind of device fault, and lets pass what CUDA lets pass.

The bodies run on CUDA too, where there is one: there they hold the emulation to what it copies.
"""

import copy
from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.autograd import forward_ad
from torch.distributions import Categorical

from tests.devices import counted

Fault = Callable[[Tensor, Tensor], object]
X, I = torch.tensor([1.0, 2.0, 3.0]), torch.tensor([2, 0, 1])  # noqa: E741 - indices


def moved(device: str) -> tuple[Tensor, Tensor]:
    return X.to(device), I.to(device)


MIXED: dict[str, Fault] = {
    "sum": lambda x, i: x + X,
    "sum, the CPU first": lambda x, i: X + x,
    "a vector of one": lambda x, i: x + torch.zeros(1),
    "a number of the device and a vector of the CPU": lambda x, i: x.sum() * X,
    "in place on the CPU": lambda x, i: X.clone().add_(x),
    "product": lambda x, i: x @ X,
    "comparison": lambda x, i: x < X,
    "where": lambda x, i: torch.where(X > 1, x, x),
    "stack": lambda x, i: torch.stack([x, X]),
    "stack of numbers": lambda x, i: torch.stack([x.sum(), torch.tensor(1.0)]),
    "cat": lambda x, i: torch.cat([x, X]),
    "gather": lambda x, i: x.gather(0, I),
    "index_add": lambda x, i: x.index_add(0, I, x),
    "index_select": lambda x, i: x.index_select(0, I),
    "repeat_interleave": lambda x, i: x.repeat_interleave(I),
    "masked_fill": lambda x, i: x.masked_fill(X > 1, 0.0),
    "einsum": lambda x, i: torch.einsum("i,i->", x, X),
    "addcmul": lambda x, i: torch.addcmul(x, x, X),
    "solve": lambda x, i: torch.linalg.solve(torch.eye(3), x),
    "linear": lambda x, i: nn.functional.linear(x, X[None]),
    "a network of the CPU": lambda x, i: nn.Linear(3, 1)(x),
    "equal": lambda x, i: torch.equal(x, X),
    "indices of the device into a CPU tensor": lambda x, i: X[i],
    "a mask of the device into a CPU tensor": lambda x, i: X[x > 1],
    "rows of the CPU put at indices": lambda x, i: x.index_put((i,), X),
    "log_prob": lambda x, i: Categorical(logits=x).log_prob(torch.tensor([1])),
    "what is made is on the CPU": lambda x, i: x + torch.arange(3),
    "what NumPy made is on the CPU": lambda x, i: x + torch.from_numpy(np.ones(3, np.float32)),
    "a derivative": lambda x, i: torch.autograd.grad(x.requires_grad_() * 2, x, X),
}

ALLOWED: dict[str, Fault] = {
    "a number of the CPU": lambda x, i: x * torch.tensor(2.0),
    "a number of the CPU first": lambda x, i: torch.tensor(2.0) * x,
    "where of two numbers": lambda x, i: torch.where(x > 1, torch.tensor(1.0), torch.tensor(0.0)),
    "indices of the CPU": lambda x, i: x[I],
    "a mask of the CPU": lambda x, i: x[X > 1],
    "put at indices of the CPU": lambda x, i: x.index_put((I,), x),
    "a number of the CPU put at indices": lambda x, i: x.index_put((i,), torch.tensor(2.0)),
    "a slice written from the CPU": lambda x, i: x.clone()[:2].copy_(X[:2]),
    "filled with a number of the CPU": lambda x, i: x.masked_fill(x > 1, torch.tensor(0.0)),
    "numbers of Python": lambda x, i: (1 - x % 1) ** 2 + x.clamp(0, 1).maximum(x // 2),
}


@pytest.mark.parametrize("fault", MIXED.values(), ids=MIXED)
def test_two_devices_do_not_meet(device: str, fault: Fault) -> None:
    with pytest.raises(RuntimeError, match=r"device|on cpu|CPU"):
        fault(*moved(device))


@pytest.mark.parametrize("use", ALLOWED.values(), ids=ALLOWED)
def test_what_cuda_lets_meet_gives_what_the_cpu_gives(device: str, use: Fault) -> None:
    found = use(*moved(device))
    assert isinstance(found, Tensor)
    assert found.device.type == device
    assert torch.equal(found.cpu(), use(X, I))


@pytest.mark.parametrize("take", [Tensor.numpy, np.asarray, lambda x: np.exp(x)])
def test_numpy_gets_nothing_of_the_device(device: str, take: Callable[[Tensor], object]) -> None:
    with pytest.raises(TypeError, match=f"can't convert {device}:0 device type tensor to numpy"):
        take(X.to(device))


def test_numbers_come_back(device: str) -> None:
    x = X.to(device)
    assert (float(x[1]), x[2].item(), x.tolist(), int(x.argmax())) == (2.0, 3.0, [1, 2, 3], 2)
    assert x.device == torch.device(device, 0) == torch.zeros(2, device=device).device
    assert x.cpu().numpy().tolist() == [1, 2, 3]


def test_a_generator_belongs_to_its_device(device: str) -> None:
    there, here = torch.Generator(device).manual_seed(1), torch.Generator().manual_seed(1)
    assert there.device.type == device
    with pytest.raises(RuntimeError, match="generator"):
        torch.rand(3, generator=there)
    with pytest.raises(RuntimeError, match="generator"):
        torch.rand(3, generator=here, device=device)
    with pytest.raises(RuntimeError, match="generator"):
        torch.multinomial(X, 1, generator=there)
    with pytest.raises(RuntimeError, match="generator"):
        torch.empty(3, device=device).normal_(generator=here)
    drawn = torch.rand(3, generator=there, device=device)
    assert torch.equal(
        drawn, torch.rand(3, generator=torch.Generator(device).manual_seed(1), device=device)
    )


def test_the_default_stream_is_the_devices_own(device: str) -> None:
    torch.manual_seed(3)
    first = torch.rand(4, device=device), nn.functional.dropout(X.to(device))
    before = torch.get_rng_state()
    torch.rand(4, device=device)
    assert torch.equal(torch.get_rng_state(), before)
    torch.default_generator.manual_seed(3)
    assert not torch.equal(torch.rand(4, device=device), first[0])
    torch.manual_seed(3)
    again = torch.rand(4, device=device), nn.functional.dropout(X.to(device))
    assert all(torch.equal(a, b) for a, b in zip(first, again, strict=True))


def test_a_module_moves_in_place_and_is_trained(device: str) -> None:
    module = nn.Sequential(nn.Linear(3, 2), nn.Tanh(), nn.Linear(2, 1)).double()
    here, weight = copy.deepcopy(module), module[0].weight
    optimizer = torch.optim.Adam(module.parameters())
    module.to(device)
    assert module[0].weight is weight
    for network, x in ((module, X.to(device)), (here, X)):
        network(x.double()).square().sum().backward()
    optimizer.step()
    torch.optim.Adam(here.parameters()).step()  # its gradients are there, its state is new
    assert weight.grad is not None
    assert weight.grad.device == weight.device == torch.device(device, 0)
    pairs = list(zip(module.parameters(), here.parameters(), strict=True))
    largest = max(float((a.grad.cpu() - b.grad).abs().max()) for a, b in pairs)  # type: ignore[union-attr]
    assert largest <= 64 * torch.finfo(torch.float64).eps


def test_views_write_where_they_look(device: str) -> None:
    x = torch.zeros(2, 3, device=device)
    x.T[1].add_(1)
    x.reshape(-1)[5:].fill_(7)
    x[:, 0].masked_fill_(x[:, 1] > 0, 2.0)
    assert x.tolist() == [[2, 1, 0], [2, 1, 7]]
    out = torch.empty(0, device=device)
    assert torch.add(x, x, out=out).tolist() == out.tolist() == [[4, 2, 0], [4, 2, 14]]


def test_derivatives_of_every_kind(device: str) -> None:
    x = X.double().to(device).requires_grad_()
    grad = torch.autograd.grad((x**3).sum(), x, create_graph=True)[0]
    assert torch.autograd.grad(grad.sum(), x)[0].tolist() == [6, 12, 18]
    with forward_ad.dual_level():
        dual = forward_ad.make_dual(x.detach(), torch.ones_like(x))
        assert forward_ad.unpack_dual(dual * dual).tangent.tolist() == [2, 4, 6]
    jacobian = torch.func.jacrev(lambda y: y.square())(x.detach())
    assert jacobian.diagonal().tolist() == [2, 4, 6]


def test_subclasses_and_copies_stay_on_the_device(device: str) -> None:
    class Named(Tensor):
        pass

    named = X.to(device).as_subclass(Named)
    for found in (named + 1, named.as_subclass(Tensor), copy.deepcopy(X.to(device))):
        assert found.device.type == device
    assert isinstance(named + 1, Named)


def test_an_error_in_a_backward_pass_is_raised(device: str) -> None:
    class Mixing(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):  # type: ignore[override]
            return x.clone()

        @staticmethod
        def backward(ctx, grad):  # type: ignore[override]
            return grad * torch.ones(3)

    with pytest.raises(RuntimeError, match="same device"):
        Mixing.apply(X.to(device).requires_grad_()).sum().backward()


def test_operations_are_counted_and_views_are_not(device: str) -> None:
    x = X.to(device)
    with counted() as launches:
        (x[1:] + x[:-1]).reshape(1, 2).mul_(2)
    assert launches.count == 2


def test_a_gru_is_that_of_the_cpu(device):
    """The device has a kernel for its step, and another for its derivative."""
    torch.manual_seed(0)
    here = torch.nn.GRU(3, 4).double()
    there = copy.deepcopy(here).to(device)
    seen, state = torch.randn(5, 2, 3).double(), torch.randn(1, 2, 4).double()
    found = []
    for gru, place in ((here, "cpu"), (there, device)):
        x, h = (one.to(place).detach().requires_grad_() for one in (seen, state))
        out, last = gru(x, h)
        (out.square().sum() + last.sum()).backward()
        slopes = [x.grad, h.grad, *(p.grad for p in gru.parameters())]
        found.append([one.detach().cpu() for one in (out, last, *slopes)])
    for one, other in zip(*found, strict=True):
        assert torch.allclose(one, other, rtol=0, atol=1e-13)
