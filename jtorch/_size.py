"""torch.Size: the tuple of ints that a shape is. It knows nothing of tensors; a 0-d integer tensor
is accepted as an int through `__index__`.
"""

import math
import operator
from typing import Any

from jax.export import is_symbolic_dim


class Size(tuple):
    """A tuple of ints that stays a Size when sliced, repeated or added to."""

    __module__ = "torch"
    __slots__ = ()

    def __new__(cls, iterable=(), /):
        """`iterable` of ints. Raises TypeError for items that are not."""
        items = tuple.__new__(cls, iterable)
        for item in items:
            if type(item) is not int:
                return tuple.__new__(cls, map(_as_int, range(len(items)), items))
        return items

    def numel(self):
        """The number of elements of a tensor of this size."""
        return math.prod(self)

    def __repr__(self):
        return f"torch.Size([{', '.join(map(str, self))}])"

    __str__ = __repr__

    def __getitem__(self, index) -> Any:
        item = tuple.__getitem__(self, index)
        return tuple.__new__(Size, item) if type(item) is tuple else item

    def __add__(self, other):
        if not isinstance(other, tuple):
            kind = type(other).__name__
            raise TypeError(f"can only concatenate tuple (not {kind}) to torch.Size")
        return Size(tuple.__add__(self, other))

    def __radd__(self, other):
        if not isinstance(other, tuple):
            return NotImplemented
        return Size(tuple.__add__(other, self))

    def __mul__(self, count):
        if not hasattr(count, "__index__"):
            kind = type(count).__name__
            raise TypeError(f"can't multiply sequence by non-int of type '{kind}'")
        return tuple.__new__(Size, tuple.__mul__(self, count))

    __rmul__ = __mul__

    def __reduce__(self):
        return _rebuild, (tuple(self),)


def _rebuild(items):
    """A pickle names this function and not the class, which calls itself torch.Size."""
    return Size(items)


def as_integer(x: Any) -> Any:
    """x as an int. A dimension that an exported program leaves open stays the symbol that it is."""
    return x if is_symbolic_dim(x) else operator.index(x)


def _as_int(position, item):
    try:
        return as_integer(item)
    except TypeError:
        kind = type(item).__name__
        raise TypeError(
            f"torch.Size() takes an iterable of 'int' (item {position} is '{kind}')"
        ) from None
