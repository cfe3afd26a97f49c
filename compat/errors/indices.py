"""Indices out of range, of the wrong kind, or too many."""


def set_out_of_range(torch):
    x = torch.zeros(3)
    x[5] = 1.0
    return x


def set_wrong_shape(torch):
    x = torch.zeros(3, 4)
    x[0] = torch.ones(3)
    return x


def set_slice_wrong_shape(torch):
    x = torch.zeros(5)
    x[1:3] = torch.ones(3)
    return x


def set_list_of_wrong_length(torch):
    x = torch.zeros(3)
    x[[0, 1]] = torch.tensor([1.0, 2.0, 3.0])
    return x


def set_mask_of_wrong_length(torch):
    x = torch.zeros(3)
    x[torch.tensor([True, False, True])] = torch.ones(3)
    return x


def set_text(torch):
    x = torch.zeros(3)
    x[0] = "a"
    return x


def deferred_embedding(torch):
    """The check is read with the next value that is looked at."""
    table = torch.nn.Embedding(4, 2)
    return table(torch.tensor([1, 4])).sum().item()


def deferred_gather(torch):
    x = torch.ones(2, 3)
    return (x.gather(1, torch.tensor([[0], [3]])) * 2).sum().item()


def deferred_index(torch):
    x = torch.ones(3)
    i = torch.arange(3) + 1
    return x[i].tolist()


CASES = {
    "number": lambda torch: torch.ones(3)[3],
    "negative": lambda torch: torch.ones(3)[-4],
    "second_dim": lambda torch: torch.ones(3, 2)[0, 2],
    "too_many": lambda torch: torch.ones(3)[0, 0],
    "too_many_slices": lambda torch: torch.ones(3)[:, :, :],
    "scalar": lambda torch: torch.tensor(1.0)[0],
    "text": lambda torch: torch.ones(3)["a"],
    "float": lambda torch: torch.ones(3)[1.5],
    "negative_step": lambda torch: torch.ones(3)[::-1],
    "zero_step": lambda torch: torch.ones(3)[::0],
    "list": lambda torch: torch.ones(3)[[0, 3]],
    "tensor": lambda torch: torch.ones(3)[torch.tensor([0, 3])],
    "tensor_negative": lambda torch: torch.ones(3)[torch.tensor([-4])],
    "tensor_second_dim": lambda torch: torch.ones(3, 2)[:, torch.tensor([2])],
    "float_tensor": lambda torch: torch.ones(3)[torch.tensor([0.0])],
    "mask_shape": lambda torch: torch.ones(3)[torch.tensor([True, False])],
    "mask_shape_2d": lambda torch: torch.ones(3, 2)[torch.ones(3, 3).bool()],
    "broadcast": lambda torch: torch.ones(3, 3)[torch.tensor([0, 1]), torch.tensor([0, 1, 2])],
    "select": lambda torch: torch.ones(3).select(0, 3),
    "select_dim": lambda torch: torch.ones(3).select(1, 0),
    "narrow_start": lambda torch: torch.ones(3).narrow(0, 4, 1),
    "narrow_negative_length": lambda torch: torch.ones(3).narrow(0, 0, -1),
    "index_select": lambda torch: torch.ones(3).index_select(0, torch.tensor([3])),
    "index_select_dtype": lambda torch: torch.ones(3).index_select(0, torch.tensor([0.0])),
    "index_select_2d": lambda torch: torch.ones(3).index_select(0, torch.tensor([[0]])),
    "index_add": lambda torch: torch.ones(3).index_add(0, torch.tensor([3]), torch.ones(1)),
    "index_fill": lambda torch: torch.ones(3).index_fill(0, torch.tensor([3]), 1.0),
    "gather": lambda torch: torch.ones(2, 3).gather(1, torch.tensor([[3]])),
    "gather_dtype": lambda torch: torch.ones(3).gather(0, torch.tensor([0.0])),
    "gather_dims": lambda torch: torch.ones(2, 3).gather(0, torch.tensor([0])),
    "gather_size": lambda torch: torch.ones(2, 3).gather(1, torch.zeros(3, 1).long()),
    "scatter": lambda torch: torch.zeros(3).scatter(0, torch.tensor([3]), torch.ones(1)),
    "scatter_dtype": lambda torch: torch.zeros(3).scatter(
        0, torch.tensor([0]), torch.ones(1).double()
    ),
    "scatter_add": lambda torch: torch.zeros(3).scatter_add(0, torch.tensor([-1]), torch.ones(1)),
    "take": lambda torch: torch.ones(3).take(torch.tensor([3])),
    "masked_fill_shape": lambda torch: torch.ones(3).masked_fill(torch.ones(2).bool(), 0.0),
    "masked_fill_mask_dtype": lambda torch: torch.ones(3).masked_fill(torch.ones(3), 0.0),
    "masked_fill_value": lambda torch: torch.ones(3).masked_fill(
        torch.ones(3).bool(), torch.ones(2)
    ),
    "masked_select_dtype": lambda torch: torch.ones(3).masked_select(torch.ones(3)),
    "embedding": lambda torch: torch.nn.Embedding(4, 2)(torch.tensor([4])),
    "embedding_negative": lambda torch: torch.nn.Embedding(4, 2)(torch.tensor([-1])),
    "embedding_dtype": lambda torch: torch.nn.Embedding(4, 2)(torch.tensor([1.0])),
    "embedding_padding": lambda torch: torch.nn.Embedding(4, 2, padding_idx=4),
    "one_hot": lambda torch: torch.nn.functional.one_hot(torch.tensor([3]), 3),
    "one_hot_dtype": lambda torch: torch.nn.functional.one_hot(torch.tensor([1.0])),
    "one_hot_negative": lambda torch: torch.nn.functional.one_hot(torch.tensor([-1])),
    "size_index": lambda torch: torch.ones(3).size(1),
    "stride_index": lambda torch: torch.ones(3).stride(1),
    "shape_index": lambda torch: torch.ones(3).shape[1],
    "unbind_dim": lambda torch: torch.ones(3).unbind(1),
    "repeat_interleave": lambda torch: torch.ones(3).repeat_interleave(torch.tensor([1, 2])),
    "repeat_interleave_negative": lambda torch: torch.ones(2).repeat_interleave(-1),
    "multinomial_many": lambda torch: torch.multinomial(torch.ones(2), 3),
    "multinomial_negative": lambda torch: torch.multinomial(torch.tensor([-1.0, 1.0]), 1),
    "bernoulli_p": lambda torch: torch.bernoulli(torch.tensor([2.0])),
    "randperm": lambda torch: torch.randperm(-1),
}
