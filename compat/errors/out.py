"""out= that does not fit: dtypes, memory, autograd, what is no tensor; and in-place forms that read
the memory they write.
"""


def _names(torch):
    return {
        "x": torch.arange(4.0), "m": torch.ones(2, 2), "i": torch.tensor([0, 1]),
        "leaf": torch.ones(4, requires_grad=True), "double": torch.ones(4).double(),
        "int": torch.ones(4).long(), "wide": torch.ones(1).expand(4), "torch": torch,
    }  # fmt: skip


# x is arange(4.), m ones(2, 2), i [0, 1]; leaf, double, int and wide (expanded) are of four ones.
EXPRESSIONS = {
    "promotes": "torch.add(x, x, out=int)",
    "cumulative": "torch.cummax(x, 0, out=(double, int))",
    "exact": "torch.gather(x, 0, i, out=double)",
    "exact_matrix": "torch.mm(m, m, out=m.double())",
    "exact_linalg": "torch.linalg.inv(m, out=m.double())",
    "exact_indices": "torch.argmax(x, out=torch.tensor(0.0))",
    "exact_copy": "torch.squeeze_copy(x, out=double)",
    "same_kind": "torch.floor(x, out=double)",
    "joined": "torch.cat([x, x], out=int)",
    "complex": "torch.complex(x, x, out=x)",
    "predicate": "torch.signbit(x, out=x)",
    "spectrum": "torch.fft.fft(x, out=x)",
    "reduced": "torch.all(x, out=torch.tensor(0.0))",
    "chosen": "torch.where(x > 1, x, x, out=int)",
    "selected": "torch.index_select(x, 0, i, out=double)",
    "factory": "torch.zeros(4, dtype=torch.float32, out=int)",
    "self_overlap": "torch.add(x, 1, out=wide)",
    "self_overlap_resized": "torch.index_select(x, 0, i, out=wide)",
    "part_of_input": "torch.add(x[1:], 1, out=x[:-1])",
    "all_of_input": "torch.gather(i, 0, i, out=i)",
    "part_of_index": "torch.take(i, i, out=i)",
    "needs_grad": "torch.mul(leaf, 2, out=x)",
    "needs_grad_out": "torch.mul(x, 2, out=leaf)",
    "needs_grad_special": "torch.special.i1(leaf, out=x)",
    "a_number": "torch.sin(x, out=5)",
    "a_tuple": "torch.sin(x, out=(x,))",
    "a_list_of_overloads": "torch.eq(x, x, out=[x])",
    "one_of_two": "torch.topk(x, 2, out=x)",
    "two_of_what": "torch.topk(x, 2, out=(x, 5))",
    "inplace_part": "x[1:].add_(x[:-1])",
    "inplace_transposed": "m.add_(m.t())",
    "inplace_element": "x.mul_(x[0])",
    "inplace_copy": "x[1:].copy_(x[:-1])",
    "inplace_scatter": "x.scatter_(0, i, x)",
    "inplace_index_put": "x.index_put_((i,), x[:2])",
    "inplace_index_add": "m.index_add_(0, i, m)",
    "assigned_part": "x.__setitem__(slice(1, None), x[:-1])",
    "inplace_abs": "(x + 0j).abs_()",
    "inplace_polygamma": "int.polygamma_(1)",
    "inplace_mvlgamma": "int.mvlgamma_(2)",
}
CASES = {
    name: lambda torch, text=text: eval(text, _names(torch)) for name, text in EXPRESSIONS.items()
}
