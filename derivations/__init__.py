"""The mathematics of policy gradients, every displayed step accepted by a machine.

`python -m derivations` checks and lists every result. Imports SymPy, never torch.
"""
