"""nn.functional: composites against their definitions."""

import itertools
import math

import pytest

import jtorch as torch
from jtorch.nn import functional as F


def close(a, b, tolerance=1e-5):
    return torch.allclose(torch.as_tensor(a), torch.as_tensor(b), rtol=tolerance, atol=tolerance)


@pytest.fixture
def logits():
    torch.manual_seed(0)
    return torch.randn(6, 4, requires_grad=True)


TARGET = torch.tensor([0, 3, 1, 1, 2, 3])


def test_cross_entropy_is_the_negative_log_softmax(logits):
    picked = logits.log_softmax(1)[torch.arange(6), TARGET]
    assert close(F.cross_entropy(logits, TARGET), -picked.mean())
    assert close(F.cross_entropy(logits, TARGET, reduction="none"), -picked)


def test_cross_entropy_of_weighted_classes(logits):
    weight = torch.tensor([1.0, 2.0, 0.5, 3.0])
    picked = -logits.log_softmax(1)[torch.arange(6), TARGET] * weight[TARGET]
    assert close(F.cross_entropy(logits, TARGET, weight), picked.sum() / weight[TARGET].sum())


def test_cross_entropy_leaves_ignored_targets_out(logits):
    kept = TARGET != 1
    expected = F.cross_entropy(logits[kept], TARGET[kept])
    assert close(F.cross_entropy(logits, TARGET, ignore_index=1), expected)


def test_label_smoothing_is_a_soft_target(logits):
    soft = F.one_hot(TARGET, 4) * 0.9 + 0.1 / 4
    smoothed = F.cross_entropy(logits, TARGET, label_smoothing=0.1)
    assert close(smoothed, F.cross_entropy(logits, soft))
    assert close(smoothed, -(soft * logits.log_softmax(1)).sum(1).mean())


def test_cross_entropy_errors(logits):
    with pytest.raises(ValueError, match=r"input batch_size \(6\) to match target batch_size \(5"):
        F.cross_entropy(logits, TARGET[:5])
    with pytest.raises(RuntimeError, match="label_smoothing must be between 0.0 and 1.0. Got: 2"):
        F.cross_entropy(logits, TARGET, label_smoothing=2.0)
    with pytest.raises(ValueError, match="other is not a valid value for reduction"):
        F.cross_entropy(logits, TARGET, reduction="other")
    with pytest.raises(IndexError, match="Target 9 is out of bounds"):
        F.cross_entropy(logits, torch.tensor([9, 0, 0, 0, 0, 0])).item()


def test_mse_loss_warns_about_broadcasting():
    with pytest.warns(UserWarning, match="Using a target size"):
        F.mse_loss(torch.ones(3), torch.ones(1))


def test_old_reduction_arguments_warn():
    with pytest.warns(UserWarning, match="please use reduction='sum' instead"):
        assert float(F.l1_loss(torch.ones(3), torch.zeros(3), size_average=False)) == 3.0


def test_binary_cross_entropies_agree(logits):
    target = torch.rand(6, 4)
    expected = F.binary_cross_entropy(logits.sigmoid(), target)
    assert close(F.binary_cross_entropy_with_logits(logits, target), expected)


def test_inplace_flags():
    x = torch.tensor([-1.0, 2.0])
    assert F.relu(x, inplace=True) is x
    assert x.tolist() == [0.0, 2.0]
    leaf = torch.ones(2, requires_grad=True)
    with pytest.raises(RuntimeError, match="a leaf Variable that requires grad"):
        F.relu(leaf, inplace=True)


def test_softmax_guesses_its_dimension_with_a_warning():
    with pytest.warns(UserWarning, match="Implicit dimension choice for softmax"):
        assert close(F.softmax(torch.zeros(2, 4)), torch.full((2, 4), 0.25))


def test_dropout_draws_the_masks_of_torch():
    torch.manual_seed(0)
    assert F.dropout(torch.ones(8)).tolist() == [0.0, 0.0, 2.0, 0.0, 0.0, 0.0, 2.0, 2.0]
    x = torch.ones(3)
    assert F.dropout(x, training=False) is x
    with pytest.raises(ValueError, match="dropout probability has to be between 0 and 1"):
        F.dropout(x, 1.5)


def test_dropout_of_channels():
    torch.manual_seed(0)
    out = F.dropout2d(torch.ones(4, 8, 3, 3), 0.5)
    per_channel = out.flatten(2)
    assert bool((per_channel == per_channel[:, :, :1]).all())
    assert set(per_channel[:, :, 0].flatten().tolist()) == {0.0, 2.0}


def test_gumbel_softmax_is_one_hot_with_a_soft_gradient(logits):
    hard = F.gumbel_softmax(logits, hard=True)
    assert close(hard.sum(1), torch.ones(6))
    hard[:, 0].sum().backward()
    assert bool((logits.grad != 0).any())


def test_normalize_and_similarity():
    x = torch.tensor([[3.0, 4.0], [0.0, 0.0]])
    assert close(F.normalize(x), [[0.6, 0.8], [0.0, 0.0]])
    assert close(F.cosine_similarity(x, torch.tensor([[4.0, 3.0], [1.0, 0.0]])), [0.96, 0.0])
    assert close(F.pairwise_distance(x[:1], x[1:], eps=0.0), [5.0])
    assert close(
        F.pdist(torch.tensor([[0.0, 0.0], [3.0, 4.0], [0.0, 1.0]])), [5.0, 1.0, math.sqrt(18)]
    )


def test_embedding_bags():
    table = torch.arange(10.0).view(5, 2)
    flat, offsets = torch.tensor([1, 2, 4, 4]), torch.tensor([0, 2, 2])
    sums = F.embedding_bag(flat, table, offsets, mode="sum")
    assert sums.tolist() == [[6.0, 8.0], [0.0, 0.0], [16.0, 18.0]]
    means = F.embedding_bag(torch.tensor([[1, 2], [4, 0]]), table, padding_idx=0)
    assert means.tolist() == [[3.0, 4.0], [8.0, 9.0]]
    largest = F.embedding_bag(flat, table, offsets, mode="max")
    assert largest.tolist() == [[4.0, 5.0], [0.0, 0.0], [8.0, 9.0]]


def test_embedding_with_bounded_norms_changes_the_table():
    table = torch.tensor([[3.0, 4.0], [0.3, 0.4]])
    out = F.embedding(torch.tensor([0, 1]), table, max_norm=1.0)
    assert close(out, [[0.6, 0.8], [0.3, 0.4]])
    assert close(table[0], [0.6, 0.8])


def test_sparse_gradients_hold_the_rows_that_were_read():
    table = torch.ones(4, 2).requires_grad_()
    index = torch.tensor([[1, 3], [1, 0]])
    F.embedding(index, table, sparse=True).sum().backward()
    grad = table.grad
    assert grad.is_sparse and not grad.is_coalesced() and grad._nnz() == 4
    assert grad.to_dense().tolist() == [[1, 1], [2, 2], [0, 0], [1, 1]]
    F.embedding(index, table, padding_idx=1, sparse=True).sum().backward()
    assert table.grad._nnz() == 6 and table.grad.to_dense()[1].tolist() == [2, 2]
    F.embedding_bag(index, table, mode="sum", sparse=True).sum().backward()
    assert table.grad._nnz() == 10
    torch.optim.SparseAdam([table], lr=0.5).step()
    assert table[2].tolist() == [1, 1] and close(table[1], [0.5, 0.5])
    with pytest.raises(RuntimeError, match="scale_grad_by_freq not supported with sparse"):
        F.embedding(index, table, None, None, 2.0, True, True).sum().backward()
    with pytest.raises(NotImplementedError, match="sparse gradient"):
        torch.autograd.grad(F.embedding(index, table, sparse=True).sum(), table)
    dense = F.embedding(index, table * 2, sparse=True)
    (grad,) = torch.autograd.grad(dense.sum(), table)
    assert not grad.is_sparse and grad[1].tolist() == [4, 4]


def test_max_unpool_undoes_max_pool():
    x = torch.arange(16.0).view(1, 1, 4, 4)
    values, indices = F.max_pool2d(x, 2, return_indices=True)
    back = F.max_unpool2d(values, indices, 2)
    assert torch.equal(back, torch.where(back != 0, x, torch.zeros_like(x)))
    assert float(back.sum()) == float(values.sum())


def test_lp_pool_is_a_norm_of_windows():
    x = torch.tensor([[[3.0, 4.0, 6.0, 8.0]]])
    assert close(F.lp_pool1d(x, 2, 2), [[[5.0, 10.0]]])


def test_local_response_norm():
    x = torch.ones(1, 4, 3)
    inner = 1.0 / (1.0 + 3.0 * 2 / 2) ** 0.5  # two of two neighbours, alpha 3
    assert close(F.local_response_norm(x, 2, alpha=3.0, beta=0.5)[0, 1], [inner] * 3)


def labels_of(path, blank=0):
    """A path of CTC without repetitions and blanks."""
    return tuple(k for k, _ in itertools.groupby(path) if k != blank)


@pytest.mark.parametrize("target", [(1,), (1, 2), (2, 2), ()])
def test_ctc_loss_sums_over_all_paths(target):
    torch.manual_seed(1)
    log_probs = torch.randn(4, 1, 3).log_softmax(2)
    rows = log_probs[:, 0].exp().tolist()
    total = sum(
        math.prod(rows[t][k] for t, k in enumerate(path))
        for path in itertools.product(range(3), repeat=4)
        if labels_of(path) == target
    )
    given = torch.tensor([[*target, 0, 0]])
    loss = F.ctc_loss(log_probs, given, (4,), (len(target),), reduction="sum")
    assert close(loss, -math.log(total))


def test_attention_against_its_definition():
    torch.manual_seed(0)
    attention = torch.nn.MultiheadAttention(4, 2, batch_first=True)
    x = torch.randn(1, 3, 4)
    q, k, v = (x @ w.t() for w in attention.in_proj_weight.chunk(3))
    heads = []
    for h in (slice(0, 2), slice(2, 4)):
        scores = (q[..., h] @ k[..., h].transpose(1, 2) / math.sqrt(2)).softmax(-1)
        heads.append(scores @ v[..., h])
    expected = torch.cat(heads, -1) @ attention.out_proj.weight.t()
    for need_weights in (True, False):
        assert close(attention(x, x, x, need_weights=need_weights)[0], expected)


def test_attention_masks_agree():
    torch.manual_seed(0)
    attention = torch.nn.MultiheadAttention(4, 2, batch_first=True)
    x = torch.randn(2, 3, 4)
    causal = torch.nn.Transformer.generate_square_subsequent_mask(3)
    added, _ = attention(x, x, x, attn_mask=causal)
    boolean, _ = attention(x, x, x, attn_mask=causal < 0)
    hinted, _ = attention(x, x, x, attn_mask=causal, is_causal=True, need_weights=False)
    assert close(added, boolean)
    assert close(added, hinted)
