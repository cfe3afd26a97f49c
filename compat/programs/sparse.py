"""Sparse tensors in coordinate form."""

from __future__ import annotations

from ._expressions import cases

CASES = cases(
    """
torch.sparse_coo_tensor([[0,1,1],[2,0,2]],[3,4,5], check_invariants=True)
torch.sparse_coo_tensor([[0,1,1],[2,0,2]],[3.,4,5],(2,3), check_invariants=True).to_dense()
torch.sparse_coo_tensor([[0,1,1],[2,0,0]],[3.,4,5],(2,3), check_invariants=True).to_dense()
torch.sparse_coo_tensor([[0,1,1],[2,0,0]],[3.,4,5],(2,3), check_invariants=True).coalesce()
torch.sparse_coo_tensor([[0,1,1],[2,0,0]],[3.,4,5],(2,3), check_invariants=True).is_coalesced()
torch.sparse_coo_tensor([[0,1,1],[2,0,0]],[3.,4,5],(2,3), check_invariants=True).indices()
torch.sparse_coo_tensor([[0,1,1],[2,0,0]],[3.,4,5],(2,3), check_invariants=True).values()
torch.sparse_coo_tensor([[0,1,1],[2,0,0]],[3.,4,5],(2,3), check_invariants=True)._indices()
torch.sparse_coo_tensor([[0,1,1],[2,0,0]],[3.,4,5],(2,3), check_invariants=True)._values()
torch.sparse_coo_tensor([[0,1,1],[2,0,0]],[3.,4,5],(2,3), check_invariants=True)._nnz()
torch.sparse_coo_tensor([[0,1,1],[2,0,0]],[3.,4,5],(2,3), check_invariants=True).coalesce().values()
torch.sparse_coo_tensor([[0,1,1],[2,0,0]],[3.,4,5],(2,3), check_invariants=True).shape
torch.sparse_coo_tensor([[0,1,1],[2,0,0]],[3.,4,5],(2,3), check_invariants=True).is_sparse
torch.sparse_coo_tensor([[0,1,1],[2,0,0]],[3.,4,5],(2,3), check_invariants=True).layout
torch.sparse_coo_tensor([[0,1,1],[2,0,0]],[3.,4,5],(2,3), check_invariants=True).dtype
torch.sparse_coo_tensor([[0,1,1],[2,0,0]],[3.,4,5],(2,3), check_invariants=True).size(1)
torch.sparse_coo_tensor([[0,1,1],[2,0,0]],[3.,4,5],(2,3), check_invariants=True).dim()
torch.sparse_coo_tensor([[0,1,1],[2,0,0]],[3.,4,5],(2,3), check_invariants=True).numel()
torch.sparse_coo_tensor([[0,1,1],[2,0,0]],[3.,4,5],(2,3), check_invariants=True).sparse_dim()
torch.sparse_coo_tensor([[0,1,1],[2,0,0]],[3.,4,5],(2,3), check_invariants=True).dense_dim()
torch.sparse_coo_tensor([[0,1]],[[3.,4],[5,6]],(3,2), check_invariants=True)
torch.sparse_coo_tensor([[0,1]],[[3.,4],[5,6]],(3,2), check_invariants=True).dense_dim()
torch.sparse_coo_tensor([[0,1]],[[3.,4],[5,6]],(3,2), check_invariants=True).to_dense()
torch.sparse_coo_tensor((2,3), check_invariants=True)
torch.sparse_coo_tensor([[0,3],[2,0]],[3.,4],(2,3), check_invariants=True)
torch.sparse_coo_tensor([[0,-1],[2,0]],[3.,4],(2,3), check_invariants=True)
torch.sparse_coo_tensor([[0,1],[2,0]],[3.,4,5],(2,3), check_invariants=True)
torch.sparse_coo_tensor([[0,1],[2,0]],[3.,4],(3,), check_invariants=True)
torch.sparse_coo_tensor([0,1],[3.,4],(3,), check_invariants=True)
torch.sparse_coo_tensor([[0.5,1]],[3.,4],(3,), check_invariants=True)
x.to_sparse()
x.to_sparse(1)
x.to_sparse().to_dense()
x.to_sparse().coalesce().values()
x.to_sparse_coo()
x.to_sparse().is_coalesced()
torch.sparse.mm(x.to_sparse(),x.t())
torch.mm(x.to_sparse(),x.t())
x.to_sparse() @ x.t()
torch.matmul(x.to_sparse(),x.t())
torch.sparse.mm(x.to_sparse(),x)
torch.autograd.grad(torch.sparse.mm(x.to_sparse(),x.t()).sum(),x)
torch.autograd.grad(torch.sparse.mm(x.to_sparse(),x.t()).pow(2).sum(),x)
x.to_sparse().t()
x.to_sparse().transpose(0,1).to_dense()
x.to_sparse() * 2
(x.to_sparse() + x.to_sparse()).to_dense()
x + x.to_sparse()
torch.sparse.sum(x.to_sparse())
x.to_sparse().sum()
x.to_sparse().numpy()
x.to_sparse().detach()
x.to_sparse().clone()
x.to_sparse().to(torch.float64)
x.to_sparse().double().dtype
x.to_sparse().float().dtype
x.to_sparse().stride()
x.to_sparse().is_contiguous()
x.to_sparse().data_ptr()
x.to_sparse().device
x.to_sparse().tolist()
x.to_sparse().sin()
x.to_sparse().relu()
-x.to_sparse()
torch.is_tensor(x.to_sparse())
isinstance(x.to_sparse(), torch.Tensor)
x.to_sparse().T.to_dense()
torch.equal(x.to_sparse().to_dense(), x)
x.to_sparse().is_floating_point()
x.to_sparse().cpu().is_sparse
x.to_sparse().to_sparse() is not None
torch.sparse.addmm(torch.ones(2,2),x.to_sparse(),x.t())
torch.addmm(torch.ones(2,2),x.to_sparse(),x.t())
torch.mv(x.to_sparse(),x[0])
x.to_sparse() @ x[0]
x.is_sparse
x.layout
x.to_sparse().coalesce().indices().dtype
repr(torch.sparse_coo_tensor([[0,1,1],[2,0,0]],[3,4,5],(2,3), check_invariants=True))
torch.sparse_coo_tensor([[0,1]],[3.,4],(3,),device='meta', check_invariants=True)
torch.sparse_coo_tensor([[0,1,1],[2,0,2]],[True,False,True], check_invariants=True)
x.to_sparse().layout == torch.sparse_coo
x.dense_dim()
x.sparse_dim()
x.is_coalesced()
x.indices()
x.values()
x.coalesce()
x.to_dense() is x
x.to_dense()
x.to_dense(torch.float64)
x.to_dense(dtype=torch.float64)
x.to_dense(masked_grad=True)
x.to_sparse(layout=torch.sparse_coo)
x.crow_indices()
x.col_indices()
x.ccol_indices()
x.row_indices()
torch.mm(x, x.t().to_sparse())
x.to_sparse().shape.numel()
len(x.to_sparse())
x.to_sparse().is_leaf
x.to_sparse().grad_fn
x.to_sparse().ndim
x.to_sparse().abs()
x.to_sparse() / 2
x.to_sparse().mul(2).to_dense()
x.to_sparse().mm(x.t())
x.to_sparse().cuda()
x.to_sparse().is_cuda
x.new_tensor([1]).is_sparse
"""
)
