"""Instance normalisation: each channel of each sample by its own mean and variance."""

from __future__ import annotations

import warnings
from typing import Any

from ..._tensor import Tensor
from .. import functional as F
from .batchnorm import _LazyNormBase, _NormBase

__all__ = [
    "InstanceNorm1d",
    "InstanceNorm2d",
    "InstanceNorm3d",
    "LazyInstanceNorm1d",
    "LazyInstanceNorm2d",
    "LazyInstanceNorm3d",
]


class _InstanceNorm(_NormBase):
    # The number of dimensions of one sample: channels and space.
    _sample_dims: int

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float = 0.1,
        affine: bool = False,
        track_running_stats: bool = False,
        device: Any = None,
        dtype: Any = None,
        *,
        bias: bool = True,
    ) -> None:
        super().__init__(
            num_features, eps, momentum, affine, track_running_stats, device, dtype, bias=bias
        )

    def _get_no_batch_dim(self) -> int:
        return self._sample_dims

    def _check_input_dim(self, input: Tensor) -> None:
        n = self._sample_dims
        if input.dim() not in (n, n + 1):
            raise ValueError(f"expected {n}D or {n + 1}D input (got {input.dim()}D input)")

    def _apply_instance_norm(self, input: Tensor) -> Tensor:
        return F.instance_norm(
            input,
            self.running_mean,
            self.running_var,
            self.weight,
            self.bias,
            self.training or not self.track_running_stats,
            self.momentum if self.momentum is not None else 0.0,
            self.eps,
        )

    def _handle_no_batch_input(self, input: Tensor) -> Tensor:
        return self._apply_instance_norm(input.unsqueeze(0)).squeeze(0)

    def forward(self, input: Tensor) -> Tensor:
        self._check_input_dim(input)
        n = self._get_no_batch_dim()
        channels = input.size(-n)
        if channels != self.num_features:
            if self.affine:
                raise ValueError(
                    f"expected input's size at dim={input.dim() - n} to match num_features "
                    f"({self.num_features}), but got: {channels}."
                )
            warnings.warn(
                f"input's size at dim={input.dim() - n} does not match num_features. "
                "You can silence this warning by not passing in num_features, "
                "which is not used because affine=False",
                stacklevel=2,
            )
        if input.dim() == n:
            return self._handle_no_batch_input(input)
        return self._apply_instance_norm(input)

    def _load_from_state_dict(
        self,
        state_dict: Any,
        prefix: str,
        local_metadata: dict,
        strict: bool,
        missing_keys: list[str],
        unexpected_keys: list[str],
        error_msgs: list[str],
    ) -> None:
        # Before version 2 running statistics were saved whether they were tracked or not.
        if local_metadata.get("version") is None and not self.track_running_stats:
            stale = [
                prefix + name
                for name in ("running_mean", "running_var")
                if prefix + name in state_dict
            ]
            if stale:
                lines = "".join(
                    f'"{key}"' if i == 0 else f' and "{key}"' for i, key in enumerate(stale)
                )
                error_msgs.append(
                    f"Unexpected running stats buffer(s) {lines} for {type(self).__name__} "
                    "with track_running_stats=False. If state_dict is a checkpoint saved before "
                    "0.4.0, this may be expected because "
                    f"{type(self).__name__} does not track running stats by default since 0.4.0. "
                    "Please remove these keys from state_dict. If the running stats are actually "
                    "needed, instead set track_running_stats=True in "
                    f"{type(self).__name__} to enable them. See the documentation of "
                    f"{type(self).__name__} for details."
                )
                for key in stale:
                    state_dict.pop(key)
        super()._load_from_state_dict(
            state_dict,
            prefix,
            local_metadata,
            strict,
            missing_keys,
            unexpected_keys,
            error_msgs,
        )


class InstanceNorm1d(_InstanceNorm):
    """Normalises (N, C, L) or (C, L) over L."""

    _sample_dims = 2


class InstanceNorm2d(_InstanceNorm):
    """Normalises (N, C, H, W) or (C, H, W) over H and W."""

    _sample_dims = 3


class InstanceNorm3d(_InstanceNorm):
    """Normalises (N, C, D, H, W) or (C, D, H, W) over D, H and W."""

    _sample_dims = 4


class LazyInstanceNorm1d(_LazyNormBase, _InstanceNorm):
    """InstanceNorm1d without `num_features`."""

    cls_to_become = InstanceNorm1d
    _sample_dims = 2


class LazyInstanceNorm2d(_LazyNormBase, _InstanceNorm):
    """InstanceNorm2d without `num_features`."""

    cls_to_become = InstanceNorm2d
    _sample_dims = 3


class LazyInstanceNorm3d(_LazyNormBase, _InstanceNorm):
    """InstanceNorm3d without `num_features`."""

    cls_to_become = InstanceNorm3d
    _sample_dims = 4
