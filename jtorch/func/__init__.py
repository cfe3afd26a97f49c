"""torch.func: transformations of functions, in any nesting and together with backward()."""

from .._errors import no_attribute as _no_attribute
from ._derivatives import grad as grad
from ._derivatives import grad_and_value as grad_and_value
from ._derivatives import hessian as hessian
from ._derivatives import jacfwd as jacfwd
from ._derivatives import jacrev as jacrev
from ._derivatives import jvp as jvp
from ._derivatives import linearize as linearize
from ._derivatives import vjp as vjp
from ._modules import functional_call as functional_call
from ._modules import functionalize as functionalize
from ._modules import replace_all_batch_norm_modules_ as replace_all_batch_norm_modules_
from ._modules import stack_module_state as stack_module_state
from ._rearrange import rearrange as rearrange
from ._vmap import debug_unwrap as debug_unwrap
from ._vmap import vmap as vmap


def __getattr__(name: str):
    raise _no_attribute("torch.func", name)
