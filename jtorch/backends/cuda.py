"""`torch.backends.cuda`: switches of matrix products and attention on NVIDIA's GPUs. TF32 reaches
XLA; XLA has no counterpart of the attention kernels to choose from, so those switches keep their
values.
"""

from ._precision import get_float32_matmul_precision, set_float32_matmul_precision

__all__ = [
    "cudnn_sdp_enabled",
    "enable_cudnn_sdp",
    "enable_flash_sdp",
    "enable_math_sdp",
    "enable_mem_efficient_sdp",
    "flash_sdp_enabled",
    "is_built",
    "math_sdp_enabled",
    "matmul",
    "mem_efficient_sdp_enabled",
]


def is_built() -> bool:
    """False: none of torch's CUDA code is here. `torch.cuda.is_available()` asks for a GPU."""
    return False


class _Matmul:
    """`torch.backends.cuda.matmul`, with the one switch that XLA has."""

    @property
    def allow_tf32(self) -> bool:
        return get_float32_matmul_precision() != "highest"

    @allow_tf32.setter
    def allow_tf32(self, value):
        set_float32_matmul_precision("high" if value else "highest")

    def __getattr__(self, name):
        raise AttributeError("Unknown attribute " + name)

    def __setattr__(self, name, value):
        if name != "allow_tf32":
            raise AttributeError("Unknown attribute " + name)
        super().__setattr__(name, value)


matmul = _Matmul()

_attention = {"flash": True, "mem_efficient": True, "math": True, "cudnn": True}


def enable_flash_sdp(enabled: bool) -> None:
    """Remembers the value: XLA chooses its own kernels."""
    _attention["flash"] = bool(enabled)


def flash_sdp_enabled() -> bool:
    """The value last set."""
    return _attention["flash"]


def enable_mem_efficient_sdp(enabled: bool) -> None:
    """Remembers the value: XLA chooses its own kernels."""
    _attention["mem_efficient"] = bool(enabled)


def mem_efficient_sdp_enabled() -> bool:
    """The value last set."""
    return _attention["mem_efficient"]


def enable_math_sdp(enabled: bool) -> None:
    """Remembers the value: XLA chooses its own kernels."""
    _attention["math"] = bool(enabled)


def math_sdp_enabled() -> bool:
    """The value last set."""
    return _attention["math"]


def enable_cudnn_sdp(enabled: bool) -> None:
    """Remembers the value: XLA chooses its own kernels."""
    _attention["cudnn"] = bool(enabled)


def cudnn_sdp_enabled() -> bool:
    """The value last set."""
    return _attention["cudnn"]
