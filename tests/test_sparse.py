"""Sparse tensors in coordinate form."""

import pytest

import jtorch as torch

INDICES = [[0, 1, 1], [2, 0, 0]]


def test_duplicates_add_up():
    s = torch.sparse_coo_tensor(INDICES, [3.0, 4, 5], (2, 3))
    assert not s.is_coalesced() and s._nnz() == 3
    assert s.to_dense().tolist() == [[0, 0, 3], [9, 0, 0]]
    whole = s.coalesce()
    assert whole.indices().tolist() == [[0, 1], [2, 0]] and whole.values().tolist() == [3, 9]
    with pytest.raises(RuntimeError, match="Cannot get values on an uncoalesced tensor"):
        s.values()


def test_it_is_a_tensor():
    s = torch.eye(3).to_sparse()
    assert isinstance(s, torch.Tensor) and torch.is_tensor(s)
    assert s.is_sparse and s.layout is torch.sparse_coo and not torch.eye(3).is_sparse
    assert s.shape == (3, 3) and s.dtype is torch.float32 and s.sparse_dim() == 2
    assert torch.equal(s.to_dense(), torch.eye(3))


def test_gradients_go_through_the_values():
    v = torch.tensor([3.0, 4, 5], requires_grad=True)
    s = torch.sparse_coo_tensor(INDICES, v, (2, 3))
    w = torch.arange(6.0).reshape(3, 2).requires_grad_()
    torch.sparse.mm(s, w).sum().backward()
    assert v.grad.tolist() == [9, 1, 1]
    assert w.grad.tolist() == [[9, 9], [0, 0], [3, 3]]


def test_products():
    a, b = torch.arange(6.0).reshape(2, 3), torch.arange(12.0).reshape(3, 4)
    s = a.to_sparse()
    for product in (torch.mm(s, b), s @ b, torch.matmul(s, b), s.mm(b), torch.sparse.mm(s, b)):
        assert torch.equal(product, a @ b)
    assert torch.equal(torch.mm(b.t(), s.t()), (a @ b).t())
    assert torch.equal(s @ b[:, 0], a @ b[:, 0])
    assert torch.equal((s * 2 + s).to_dense(), 3 * a)


def test_nothing_turns_dense_unasked():
    s = torch.eye(2).to_sparse()
    for call in (s.mean, lambda: torch.exp(s), lambda: torch.cat([s, s]), lambda: s.reshape(4)):
        with pytest.raises(NotImplementedError, match="of a sparse tensor is not covered"):
            call()
    with pytest.raises(NotImplementedError, match=r"layout=torch.sparse_csr"):
        torch.eye(2).to_sparse(layout=torch.sparse_csr)


def test_positions_are_checked():
    with pytest.raises(RuntimeError, match="for dim 1, size is 2 but found index 2"):
        torch.sparse_coo_tensor(INDICES, [3.0, 4, 5], (2, 2))
    with pytest.raises(RuntimeError, match="found negative index -1 for dim 0"):
        torch.sparse_coo_tensor([[-1]], [1.0], (2,))
    with pytest.raises(RuntimeError, match="must have same nnz"):
        torch.sparse_coo_tensor(INDICES, [3.0, 4], (2, 3))
