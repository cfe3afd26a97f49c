"""torch.autograd.grad_mode: the modes under the name some code imports them by."""

from .._autograd.modes import enable_grad as enable_grad
from .._autograd.modes import inference_mode as inference_mode
from .._autograd.modes import no_grad as no_grad
from .._autograd.modes import set_grad_enabled as set_grad_enabled
