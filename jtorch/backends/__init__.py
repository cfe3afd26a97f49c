"""`torch.backends`: the switches and probes of torch's backends. The probes answer for what jtorch
runs on, XLA, which has none of torch's libraries; switches that XLA has no counterpart of keep the
value they are given, and say so where they are defined.
"""

from . import cpu, cuda, cudnn, mkl, mkldnn, mps, openmp, quantized

__all__ = ["cpu", "cuda", "cudnn", "mkl", "mkldnn", "mps", "openmp", "quantized"]
