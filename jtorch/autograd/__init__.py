"""torch.autograd: backward and grad, the modes, Function, gradcheck."""

from .._autograd.modes import detect_anomaly as detect_anomaly
from .._autograd.modes import enable_grad as enable_grad
from .._autograd.modes import inference_mode as inference_mode
from .._autograd.modes import no_grad as no_grad
from .._autograd.modes import set_detect_anomaly as set_detect_anomaly
from .._autograd.modes import set_grad_enabled as set_grad_enabled
from .._backward import backward as backward
from .._backward import grad as grad
from .._errors import no_attribute as _no_attribute
from . import forward_ad as forward_ad
from . import function as function
from . import functional as functional
from . import grad_mode as grad_mode
from . import graph as graph
from .function import Function as Function
from .grad_mode import set_multithreading_enabled as set_multithreading_enabled
from .gradcheck import gradcheck as gradcheck
from .gradcheck import gradgradcheck as gradgradcheck
from .variable import Variable as Variable


def __getattr__(name: str):
    raise _no_attribute("torch.autograd", name)
