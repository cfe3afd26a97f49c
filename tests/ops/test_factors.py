"""Factors and systems by what they must satisfy: the product of the factors is the matrix."""

import numpy as np
import pytest

import jtorch as torch


def symmetric(*shape, dtype=np.float64):
    A = np.random.RandomState(0).normal(size=shape)
    if np.dtype(dtype).kind == "c":
        A = A + 1j * np.random.RandomState(1).normal(size=shape)
    return torch.from_numpy((A + A.swapaxes(-1, -2).conj()).astype(dtype))


def close(a, b, atol=1e-9):
    np.testing.assert_allclose(a.numpy(), b.numpy(), atol=atol)


@pytest.mark.parametrize("dtype", [np.float64, np.complex128])
def test_ldl_solves_indefinite_systems(dtype):
    A = symmetric(3, 7, 7, dtype=dtype)
    B = A[..., :2] + 1
    LD, pivots = torch.linalg.ldl_factor(A, hermitian=True)
    assert (pivots < 0).any()  # some blocks are of two rows
    close(A @ torch.linalg.ldl_solve(LD, pivots, B, hermitian=True), B)


def test_ldl_has_no_derivative():
    A = symmetric(3, 3).requires_grad_()
    with pytest.raises(RuntimeError, match="derivative for aten::linalg_ldl_factor_ex"):
        torch.linalg.ldl_factor(A).LD.sum().backward()


def test_reflections_make_the_same_q():
    A = symmetric(2, 5, 5)[..., :3]
    a, tau = torch.geqrf(A)
    Q = torch.linalg.householder_product(a, tau)
    close(Q @ a[..., :3, :].triu(), A)
    whole = torch.ormqr(a, tau, torch.eye(5, dtype=A.dtype).expand(2, 5, 5))
    close(whole[..., :3], Q)
    close(torch.ormqr(a, tau, whole, transpose=True)[0], torch.eye(5, dtype=A.dtype))
    close(torch.ormqr(a, tau, whole.mT, left=False)[0], torch.eye(5, dtype=A.dtype))


def test_lu_unpacked_is_the_matrix():
    A = symmetric(2, 4, 4)[..., :3]
    P, L, U = torch.lu_unpack(*torch.linalg.lu_factor(A))
    close(P @ L @ U, A)


def test_cholesky_solve_differentiates_the_product():
    L = torch.tensor([[2.0, 0.0], [1.0, 3.0]], dtype=torch.float64, requires_grad=True)
    B = torch.ones(2, 1, dtype=torch.float64)
    torch.cholesky_solve(B, L).sum().backward()
    M = L.detach().requires_grad_()
    torch.linalg.solve(M @ M.mT, B).sum().backward()
    close(L.grad, M.grad)


def test_lobpcg_finds_the_eigenvalues_at_both_ends():
    A = symmetric(24, 24)
    A = A @ A + torch.eye(24, dtype=A.dtype)
    values = torch.linalg.eigvalsh(A)
    close(torch.lobpcg(A, k=2, niter=500, tol=1e-10)[0], values[-2:].flip(0), 1e-6)
    close(torch.lobpcg(A, k=2, largest=False, niter=500, tol=1e-10)[0], values[:2], 1e-6)


def test_svd_of_low_rank_is_exact():
    A = symmetric(12, 12)[:, :2] @ symmetric(12, 12)[:2, :9]
    U, S, V = torch.svd_lowrank(A, q=3)
    close(U * S @ V.mT, A)


def test_a_singular_matrix_of_a_batch_is_named():
    A = torch.stack([torch.eye(2), torch.zeros(2, 2)])
    with pytest.raises(torch.linalg.LinAlgError, match=r"\(Batch element 1\)"):
        torch.linalg.solve(A, torch.ones(2, 1)).tolist()
    assert torch.linalg.solve_ex(A, torch.ones(2, 1)).info.tolist() == [0, 1]
