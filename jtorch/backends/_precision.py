"""How exact a float32 matrix product must be on hardware that has faster, shorter formats. Torch's
three levels are XLA's; on the CPU they are one. Knows nothing of the products themselves.
"""

import warnings

import jax

# torch's names of the levels -> JAX's
LEVELS = {"highest": "float32", "high": "tensorfloat32", "medium": "bfloat16"}

_level = "highest"


def get_float32_matmul_precision() -> str:
    """ "highest", "high" or "medium"."""
    return _level


def set_float32_matmul_precision(precision: str) -> None:
    """Full float32 ("highest"), TF32 ("high") or bfloat16 ("medium") in products of float32.

    Programs compiled under another level are compiled again when they are next run.
    """
    global _level
    if not isinstance(precision, str):
        kind = type(precision).__name__
        raise RuntimeError(f"set_float32_matmul_precision expects a str, but got {kind}")
    if precision not in LEVELS:
        warnings.warn(
            f"{precision} is not one of 'highest', 'high', or 'medium'; "
            "the currentsetFloat32MatmulPrecision call has no effect.",
            stacklevel=2,
        )
        return
    _level = precision
    jax.config.update("jax_default_matmul_precision", LEVELS[precision])


# Torch's default is full float32; JAX's own default on an accelerator is the fastest format.
if jax.config.jax_default_matmul_precision is None:  # pyright: ignore
    set_float32_matmul_precision("highest")
