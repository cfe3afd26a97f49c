"""The tape: nodes, pullbacks derived from jax.vjp, the backward walk, grad modes. Knows the graph
and duck-typed leaves; knows neither Tensor nor ops. The public `torch.autograd` is
`jtorch.autograd`.
"""
