"""Products, joining, arranging and linear algebra: shapes, errors, a few identities."""

import pytest

import jtorch as torch


def close(a, b, tolerance=1e-5):
    return (a - b).abs().max().item() < tolerance


def test_shapes_of_matmul():
    def shape(*sizes):
        return tuple(torch.matmul(*(torch.ones(s) for s in sizes)).shape)

    assert shape((2, 3), (3, 4)) == (2, 4)
    assert shape((3,), (3,)) == ()
    assert shape((2, 3), (3,)) == (2,)
    assert shape((5, 1, 2, 3), (4, 3, 2)) == (5, 4, 2, 2)


@pytest.mark.parametrize(
    "call, text",
    [
        (lambda: torch.ones(2, 3) @ torch.ones(2, 3), "mat1 and mat2 shapes cannot be multiplied"),
        (lambda: torch.mm(torch.ones(2), torch.ones(2, 2)), "self must be a matrix"),
        (lambda: torch.bmm(torch.ones(2, 2), torch.ones(2, 2)), "batch1 must be a 3D tensor"),
        (
            lambda: torch.ones(2, 2) @ torch.ones(2, 2).double(),
            "expected m1 and m2 to have the same",
        ),
        (lambda: torch.cat([torch.ones(2, 3), torch.ones(3, 2)]), "Sizes of tensors must match"),
        (
            lambda: torch.stack([torch.ones(2), torch.ones(3)]),
            "stack expects each tensor to be equal",
        ),
        (
            lambda: torch.einsum("ij,jk", torch.ones(2, 2), torch.ones(3, 2)),
            "subscript j has size 3",
        ),
    ],
)
def test_errors(call, text):
    with pytest.raises(RuntimeError, match=text):
        call()


def test_einsum():
    a, b = torch.arange(6.0).reshape(2, 3), torch.arange(12.0).reshape(3, 4)
    assert torch.equal(torch.einsum("ij,jk->ik", a, b), a @ b)
    assert torch.equal(torch.einsum(a, [0, 1], b, [1, 2], [0, 2]), a @ b)
    assert torch.equal(torch.einsum("ij->ji", a), a.T)
    assert torch.einsum("ii", torch.eye(3)).item() == 3


def test_linear():
    x, w, b = torch.ones(2, 3), torch.arange(6.0).reshape(2, 3), torch.tensor([1.0, 2.0])
    assert torch.nn.functional.linear(x, w, b).tolist() == [[4, 14], [4, 14]]


def test_joins():
    a = torch.ones(2, 2)
    assert torch.cat([a, torch.empty(0), a]).shape == (4, 2)
    assert torch.cat([a, a.long()]).dtype is torch.float32
    assert torch.stack([a, a], -1).shape == (2, 2, 2)
    assert torch.block_diag(a, a[0]).shape == (3, 4)
    x, y = torch.meshgrid(torch.arange(2), torch.arange(3), indexing="xy")
    assert x.tolist() == [[0, 1], [0, 1], [0, 1]] and y[1].tolist() == [1, 1]


def test_arranging():
    a = torch.arange(6).reshape(2, 3)
    assert a.flip(1).tolist() == [[2, 1, 0], [5, 4, 3]]
    assert a.roll(1, 1).tolist() == [[2, 0, 1], [5, 3, 4]]
    assert a.rot90().tolist() == [[2, 5], [1, 4], [0, 3]]
    assert a.repeat(2, 1).shape == (4, 3) and a.tile(2).shape == (2, 6)
    assert a.tril().tolist() == [[0, 0, 0], [3, 4, 0]]
    assert torch.diag_embed(torch.ones(2, 3), 1).shape == (2, 4, 4)


def test_decompositions():
    a = torch.tensor([[4.0, 1.0, 0.5], [1.0, 3.0, -1.0], [0.5, -1.0, 5.0]])
    assert close(torch.linalg.inv(a) @ a, torch.eye(3))
    lower = torch.linalg.cholesky(a)
    assert close(lower @ lower.mT, a)
    q, r = torch.linalg.qr(a)
    assert close(q @ r, a)
    u, s, vh = torch.linalg.svd(a)
    assert close(u @ torch.diag(s) @ vh, a)
    values, vectors = torch.linalg.eigh(a)
    assert close(vectors @ torch.diag(values) @ vectors.mT, a)
    p, lo, up = torch.linalg.lu(a)
    assert close(p @ lo @ up, a)
    assert close(torch.linalg.solve(a, a), torch.eye(3))
    assert torch.linalg.matrix_rank(a).item() == 3


def test_not_positive_definite():
    with pytest.raises(torch.linalg.LinAlgError, match="leading minor of order 2"):
        print(torch.linalg.cholesky(torch.tensor([[1.0, 2.0], [2.0, 1.0]])))


def test_singular():
    with pytest.raises(RuntimeError, match="The diagonal element 2 is zero"):
        print(torch.linalg.inv(torch.ones(2, 2)))


def test_norms():
    x = torch.tensor([[3.0, 4.0], [0.0, 0.0]], requires_grad=True)
    assert x.norm().item() == 5
    assert x.norm(dim=1).tolist() == [5, 0]
    assert torch.autograd.grad(x.norm(dim=1).sum(), x)[0][1].tolist() == [0, 0]
    assert torch.linalg.norm(x, 1).item() == 4
    assert torch.linalg.vector_norm(x, float("inf")).item() == 4


def test_fft():
    x = torch.tensor([1.0, 2.0, 3.0, 4.0])
    assert torch.fft.fft(x).dtype is torch.complex64
    assert close(torch.fft.irfft(torch.fft.rfft(x)), x)
    assert torch.fft.fftfreq(4).tolist() == [0, 0.25, -0.5, -0.25]
    with pytest.raises(RuntimeError, match="Invalid number of data points"):
        torch.fft.fft(x, 0)
