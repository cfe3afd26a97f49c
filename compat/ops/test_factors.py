"""LDL, LU, reflections, the older names of norms, tolerances as tensors, low-rank factors."""

import numpy as np
import pytest
import torch as real

import jtorch
from compat.ops._oracle import check, lines

EXPRESSIONS = """
torch.linalg.ldl_factor(p)
torch.linalg.ldl_factor(p - 4)
torch.linalg.ldl_factor_ex(s[None].expand(2, 3, 3) - 5, hermitian=True)
torch.linalg.ldl_factor_ex(p * 0)
torch.linalg.ldl_factor(c[:, :2] @ c[:, :2].mH, hermitian=True)
torch.linalg.ldl_factor(f)
torch.linalg.ldl_factor(f[0])
torch.linalg.ldl_factor(i[:, :2])
torch.linalg.ldl_solve(*torch.linalg.ldl_factor(p - 4), q)
torch.linalg.ldl_solve(*torch.linalg.ldl_factor(p), f)
torch.linalg.ldl_solve(p, torch.ones(3), q)
torch.linalg.ldl_solve(p, torch.ones(2, dtype=torch.int32), q)
torch.linalg.ldl_solve(p, torch.arange(1, 4), q.double())
torch.linalg.lu(q)
torch.linalg.lu(f)
torch.linalg.lu(f[0])
torch.linalg.lu(s, pivot=False)
torch.linalg.lu_factor(z)
torch.linalg.lu_factor(torch.stack([p, z]))
torch.linalg.lu_factor_ex(z)
torch.linalg.lu_factor_ex(z * 0, check_errors=True)
torch.linalg.lu_factor_ex(f)
torch.lu(s)
torch.lu(z, get_infos=True)
s.lu()
torch.lu_unpack(*torch.lu(s))
torch.lu_unpack(*torch.lu(f))
torch.lu_unpack(*torch.lu(s), unpack_pivots=False)
torch.lu_unpack(s, torch.tensor([1, 2, 9], dtype=torch.int32))
torch.lu_unpack(s, torch.ones(3))
torch.linalg.lu_solve(*torch.linalg.lu_factor(s), q, adjoint=True)
torch.linalg.lu_solve(*torch.linalg.lu_factor(s), q.T, left=False)
torch.linalg.lu_solve(*torch.linalg.lu_factor(s), f)
torch.linalg.lu_solve(s, torch.ones(3), q)
torch.linalg.solve_ex(s, q)
torch.linalg.solve_ex(z, q).info
torch.linalg.solve_ex(z, q, check_errors=True)
torch.linalg.solve(torch.stack([p, z]), q)
torch.linalg.solve_triangular(s, q[:, 0], upper=True)
torch.geqrf(q)
torch.geqrf(f)
torch.geqrf(f[0])
torch.geqrf(i)
q.geqrf()
torch.orgqr(q, q[0])
torch.orgqr(f, f[0, :2])
torch.orgqr(q, q)
torch.ormqr(q, q[0], q)
torch.ormqr(q, q[0], f, left=False)
torch.ormqr(q, q[0], s, transpose=True)
torch.ormqr(q, q[0], f)
torch.ormqr(c.mT.clone(), c[0, :2].clone(), c.mT.clone(), True, True)
q.ormqr(q[0], q)
torch.linalg.inv_ex(z)
torch.linalg.cholesky_ex(-p, upper=True).info
torch.linalg.cholesky(c[:, :2] @ c[:, :2].mH + torch.eye(2), upper=True)
torch.cholesky(f)
torch.cholesky(-p)
torch.cholesky_solve(q, s)
torch.cholesky_solve(q, p, upper=True)
torch.cholesky_solve(f, p)
torch.cholesky_inverse(s)
torch.cholesky_inverse(f)
torch.linalg.matrix_rank(z, atol=torch.tensor(0.5))
torch.linalg.matrix_rank(torch.stack([p, z]), rtol=torch.tensor([0.1, 1e-3]))
torch.linalg.matrix_rank(z, 2.5)
torch.linalg.matrix_rank(i)
torch.linalg.pinv(p, hermitian=True)
torch.linalg.pinv(s, rtol=torch.tensor(0.3))
torch.linalg.pinv(i)
torch.linalg.cond(z * 0, 1)
torch.linalg.cond(torch.zeros(2, 0, 0))
torch.linalg.cond(s, 'foo')
torch.linalg.cond(q, 1)
torch.linalg.matrix_power(z, -1)
torch.linalg.matrix_power(i[:, :2], 3)

torch.linalg.vander(f[0, 1])
torch.linalg.vander(f[0, 1], N=3)
torch.linalg.vander(i[0], N=3)
torch.linalg.vecdot(f[0], f[0, :2])
torch.linalg.vecdot(f, d)
torch.linalg.multi_dot([f, q, f])
torch.linalg.multi_dot([f, f])
torch.linalg.multi_dot([f, q, d])
torch.linalg.svd(s * nan)
torch.linalg.svdvals(h)
torch.linalg.eig(torch.zeros(0, 0))
torch.linalg.eig(s * nan)
torch.linalg.eigvals(i[:, :2])
torch.linalg.eigh(i[:, :2])
torch.linalg.det(torch.zeros(2, 0, 0))
torch.linalg.matrix_norm(torch.zeros(2, 0), 1)
torch.linalg.matrix_norm(torch.zeros(0, 0), -2)
torch.linalg.matrix_norm(f, dtype=torch.int32)
torch.linalg.vector_norm(d, dtype=torch.float32)
torch.linalg.vector_norm(f, dtype=torch.complex64)
torch.linalg.norm(f, dim=(0, 1, 0))
torch.nuclear_norm(s)
torch.nuclear_norm(s[None], dim=(1, 2), keepdim=True)
torch.frobenius_norm(f, dim=1)
torch.frobenius_norm(f, dim=(0, 1), keepdim=True)
torch.norm_except_dim(f)
torch.norm_except_dim(f, 1, 1)
torch.norm_except_dim(f, 2, -1)
torch.cov(f, fweights=i[0])
torch.cov(f, fweights=f[0])
torch.cov(f, aweights=i[0])
torch.cov(f, aweights=-f[0])
torch.corrcoef(f[None])
torch.tensordot(f, f[:1], ([0], [0]))
torch.chain_matmul(f[0])
torch.symeig(s)
"""


@pytest.mark.parametrize("expression", lines(EXPRESSIONS))
def test_same(expression):
    check(expression, rtol=2e-4, atol=2e-5)


def both(function):
    return function(real), function(jtorch)


def tensor(torch, array):
    return torch.from_numpy(array.copy())


def test_low_rank_factors():
    """The random basis differs, the singular values of a matrix of low rank do not."""
    random = np.random.RandomState(0)
    A = random.normal(size=(2, 20, 3)) @ random.normal(size=(2, 3, 12))
    theirs, ours = both(lambda T: T.svd_lowrank(tensor(T, A), q=4))
    np.testing.assert_allclose(ours[1].numpy(), theirs[1].numpy(), atol=1e-10)
    for U, S, V in (theirs, ours):
        np.testing.assert_allclose((U * S[:, None]).numpy() @ V.mT.numpy(), A, atol=1e-10)
    theirs, ours = both(lambda T: T.pca_lowrank(tensor(T, A), q=3))
    np.testing.assert_allclose(ours[1].numpy(), theirs[1].numpy(), atol=1e-8)


@pytest.mark.parametrize("largest", [True, False])
@pytest.mark.parametrize("general", [False, True])
def test_lobpcg(largest, general):
    random = np.random.RandomState(0)
    A = random.normal(size=(30, 30))
    A, B = A @ A.T + np.eye(30), np.diag(random.uniform(1, 2, 30))

    def run(T):
        given = {"B": tensor(T, B)} if general else {}
        return T.lobpcg(tensor(T, A), k=3, largest=largest, niter=400, tol=1e-9, **given)

    (E, X), (ours, Y) = both(run)
    np.testing.assert_allclose(ours.numpy(), E.numpy(), rtol=1e-7)
    np.testing.assert_allclose(np.abs(Y.numpy()), np.abs(X.numpy()), atol=1e-4)


def test_gradient_of_lobpcg():
    random = np.random.RandomState(0)
    A, start = random.normal(size=(12, 12)), random.normal(size=(12, 2))
    A = A @ A.T

    def run(T):
        a = tensor(T, A).requires_grad_()
        E, X = T.lobpcg(a, k=2, X=tensor(T, start), niter=500, tol=1e-12)
        ((X * X).pow(2).sum() + E.sum()).backward()
        return a.grad.numpy()

    theirs, ours = both(run)
    np.testing.assert_allclose(ours, theirs, atol=1e-6)
