"""`torch.signal`: signal processing; so far, as in torch, windows."""

from __future__ import annotations

from . import windows as windows
