"""torch.autograd.grad_mode: the modes under the name some code imports them by, and one that
changes nothing here."""

from .._autograd.modes import _ContextDecorator
from .._autograd.modes import enable_grad as enable_grad
from .._autograd.modes import inference_mode as inference_mode
from .._autograd.modes import no_grad as no_grad
from .._autograd.modes import set_grad_enabled as set_grad_enabled


class set_multithreading_enabled(_ContextDecorator):
    """Backward runs in the thread that asks for it, whatever this says: on the CPU, torch's too."""

    def __init__(self, mode: bool):
        self.mode = mode

    def _again(self):
        return set_multithreading_enabled(self.mode)

    def __enter__(self) -> None:
        return None

    def __exit__(self, *exc) -> None:
        return None
