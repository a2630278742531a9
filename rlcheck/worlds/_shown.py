"""How a small network is printed: with its numbers, which `torch.nn` leaves out."""

from torch import nn


def parameters_shown(module: nn.Module) -> str:
    """Every parameter by name and value, for a module's `extra_repr`."""
    return "\n".join(f"{name}={value.tolist()}" for name, value in module.named_parameters())
