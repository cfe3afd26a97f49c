"""Every view op: what it reports, and that writes show through view, base and siblings."""

from __future__ import annotations

from ._outcome import error


def _base(torch, shape=(2, 3, 4), dtype=None):
    n = 1
    for s in shape:
        n *= s
    return torch.arange(n, dtype=dtype or torch.float32).reshape(shape)


# name -> (shape of the base, the view)
VIEWS = {
    "view": ((2, 3, 4), lambda t, x: x.view(6, 4)),
    "view_infer": ((2, 3, 4), lambda t, x: x.view(-1, 2)),
    "view_as": ((2, 3), lambda t, x: x.view_as(t.empty(3, 2))),
    "reshape": ((2, 3, 4), lambda t, x: x.reshape(4, 6)),
    "reshape_of_transpose_that_can": (
        (2, 3, 4),
        lambda t, x: x.transpose(0, 1).reshape(3, 2, 2, 2),
    ),
    "flatten": ((2, 3, 4), lambda t, x: x.flatten(1)),
    "unflatten": ((2, 6), lambda t, x: x.unflatten(1, (2, 3))),
    "ravel": ((2, 3), lambda t, x: x.ravel()),
    "t": ((2, 3), lambda t, x: x.t()),
    "T": ((2, 3), lambda t, x: x.T),
    "mT": ((2, 3, 4), lambda t, x: x.mT),
    "transpose": ((2, 3, 4), lambda t, x: x.transpose(0, 2)),
    "swapaxes": ((2, 3, 4), lambda t, x: x.swapaxes(1, 2)),
    "permute": ((2, 3, 4), lambda t, x: x.permute(2, 0, 1)),
    "movedim": ((2, 3, 4), lambda t, x: x.movedim(0, -1)),
    "select": ((2, 3, 4), lambda t, x: x.select(1, 2)),
    "select_negative": ((2, 3, 4), lambda t, x: x.select(-1, -1)),
    "narrow": ((2, 3, 4), lambda t, x: x.narrow(2, 1, 2)),
    "slice": ((2, 3, 4), lambda t, x: x[:, 1:3]),
    "slice_step": ((2, 3, 4), lambda t, x: x[..., 1::2]),
    "slice_empty": ((2, 3), lambda t, x: x[:, 3:]),
    "full_slice": ((2, 3), lambda t, x: x[:]),
    "ellipsis": ((2, 3), lambda t, x: x[...]),
    "index_mixed": ((2, 3, 4), lambda t, x: x[1, None, ::2, 1:3]),
    "getitem_int": ((2, 3), lambda t, x: x[1]),
    "getitem_two": ((2, 3), lambda t, x: x[1, 2]),
    "none": ((2, 3), lambda t, x: x[:, None]),
    "unsqueeze": ((2, 3), lambda t, x: x.unsqueeze(1)),
    "squeeze": ((2, 1, 3), lambda t, x: x.squeeze()),
    "squeeze_dim": ((1, 2, 1), lambda t, x: x.squeeze(0)),
    "squeeze_nothing": ((2, 3), lambda t, x: x.squeeze(0)),
    "split": ((5, 2), lambda t, x: x.split(2)[1]),
    "split_sizes": ((5, 2), lambda t, x: t.split(x, [1, 4])[1]),
    "chunk": ((5, 2), lambda t, x: x.chunk(2)[1]),
    "tensor_split": ((5, 2), lambda t, x: x.tensor_split(3)[1]),
    "unbind": ((2, 3), lambda t, x: x.unbind(1)[2]),
    "diagonal": ((3, 3), lambda t, x: x.diagonal()),
    "diagonal_offset": ((2, 3, 4), lambda t, x: x.diagonal(1, 1, 2)),
    "diag_of_view": ((4, 4), lambda t, x: x[1:, :3].diagonal()),
    "unfold": ((6,), lambda t, x: x.unfold(0, 2, 2)),
    "unfold_2d": ((3, 4), lambda t, x: x.unfold(1, 2, 2)),
    "as_strided": ((2, 3), lambda t, x: x.as_strided((2, 2), (3, 1), 1)),
    "detach": ((2, 3), lambda t, x: x.detach()),
    "data": ((2, 3), lambda t, x: x.data),
    "view_of_view": ((2, 3, 4), lambda t, x: x[1].t()[1:3]),
    "contiguous_of_contiguous": ((2, 3), lambda t, x: x.contiguous()),
    "hsplit": ((2, 4), lambda t, x: x.hsplit(2)[1]),
    "vsplit": ((4, 2), lambda t, x: x.vsplit(2)[1]),
    "narrow_of_transpose": ((3, 4), lambda t, x: x.t().narrow(0, 1, 2)),
    "expand": ((3, 1), lambda t, x: x.expand(3, 4)),
    "expand_as": ((1, 3), lambda t, x: x.expand_as(t.empty(2, 3))),
    "broadcast_to": ((3,), lambda t, x: x.broadcast_to(2, 3)),
    "unfold_overlapping": ((5,), lambda t, x: x.unfold(0, 3, 1)),
}
OVERLAPPING = {"expand", "expand_as", "broadcast_to", "unfold_overlapping"}
COPIES = {
    "reshape_of_transpose": ((2, 3), lambda t, x: x.t().reshape(6)),
    "flatten_of_transpose": ((2, 3), lambda t, x: x.t().flatten()),
    "contiguous": ((2, 3), lambda t, x: x.t().contiguous()),
    "clone": ((2, 3), lambda t, x: x.clone()),
    "clone_of_transpose": ((2, 3), lambda t, x: x.t().clone()),
    "index_list": ((2, 3), lambda t, x: x[[0, 1]]),
    "repeat": ((2, 3), lambda t, x: x.repeat(1, 1)),
    "to_copy": ((2, 3), lambda t, x: x.to(t.float32, copy=True)),
    "cat_one": ((2, 3), lambda t, x: t.cat([x])),
    "flip": ((2, 3), lambda t, x: x.flip(0)),
    "roll": ((2, 3), lambda t, x: x.roll(1)),
    "index_select": ((2, 3), lambda t, x: x.index_select(0, t.tensor([0]))),
}


def _reports(shape, f):
    """What the view says about itself."""

    def program(torch):
        x = _base(torch, shape)
        v = f(torch, x)
        first = v._is_view() and v.numel() and v.data_ptr() - x.data_ptr()
        return [
            v,
            v._base is x,
            v._is_view(),
            first,
            v.untyped_storage().data_ptr() == x.untyped_storage().data_ptr(),
        ]

    return program


def _write_view(shape, f):
    def program(torch):
        x = _base(torch, shape)
        v = f(torch, x)
        v.mul_(10)
        v += 1
        return [x, v, x._version, v._version]

    return program


def _write_base(shape, f):
    def program(torch):
        x = _base(torch, shape)
        v = f(torch, x)
        before = v.clone()
        x.mul_(10)
        x[0] = 5
        return [x, v, before, v._version]

    return program


def _write_sibling(shape, f):
    def program(torch):
        x = _base(torch, shape)
        v, w = f(torch, x), f(torch, x)
        flat = x.view(-1)
        v.fill_(3)
        a = w.clone()
        flat.add_(1)
        return [x, v, w, a, flat]

    return program


def _gradient(shape, f):
    """Reading through a view."""

    def program(torch):
        x = _base(torch, shape).requires_grad_()
        v = f(torch, x)
        if v.requires_grad:
            (v * torch.arange(1.0, v.numel() + 1).reshape(v.shape)).sum().backward()
        return [v, x.grad]

    return program


def _gradient_write_view(shape, f):
    """Writing through a view of a tensor that requires grad."""

    def program(torch):
        x = _base(torch, shape).requires_grad_()
        y = x * 2
        v = f(torch, y)
        done = error(v.mul_, 3)
        if isinstance(done, str):
            return done
        (y * y).sum().backward()
        return [y, v, x.grad]

    return program


def _gradient_write_base(shape, f):
    """Writing to the base after the view was taken."""

    def program(torch):
        x = _base(torch, shape).requires_grad_()
        y = x * 2
        v = f(torch, y)
        y.mul_(3)
        out = error(lambda: torch.sum(v * v))
        if isinstance(out, str):
            return [y, out]
        if out.requires_grad:
            out.backward()
        return [y, v, x.grad]

    return program


def _leaf_write(shape, f):
    def program(torch):
        x = _base(torch, shape).requires_grad_()
        return error(lambda: f(torch, x).mul_(2))

    return program


CASES = {}
for _name, (_shape, _f) in VIEWS.items():
    CASES[f"reports_{_name}"] = _reports(_shape, _f)
    CASES[f"write_base_{_name}"] = _write_base(_shape, _f)
    CASES[f"gradient_{_name}"] = _gradient(_shape, _f)
    if _name not in OVERLAPPING:
        CASES[f"write_view_{_name}"] = _write_view(_shape, _f)
        CASES[f"write_sibling_{_name}"] = _write_sibling(_shape, _f)
        CASES[f"gradient_write_view_{_name}"] = _gradient_write_view(_shape, _f)
        CASES[f"gradient_write_base_{_name}"] = _gradient_write_base(_shape, _f)
        CASES[f"leaf_write_{_name}"] = _leaf_write(_shape, _f)
for _name, (_shape, _f) in COPIES.items():
    CASES[f"copy_reports_{_name}"] = _reports(_shape, _f)
    CASES[f"copy_write_base_{_name}"] = _write_base(_shape, _f)
del _name, _shape, _f
