"""Storages: made, read, written, under tensors."""

from __future__ import annotations

from ._expressions import cases

CASES = cases(
    """
x.untyped_storage().nbytes()
x.untyped_storage().tolist()[4:8]
x.untyped_storage()[7]
x.untyped_storage().type()
x.t().untyped_storage().size()
x[1:].storage().tolist()
x[1:].storage()[0]
x.storage()[1:3]
x.storage().dtype
x.storage().type()
x.storage().size()
x.storage().__len__()
x.storage().untyped().nbytes()
x.storage().element_size()
(x.storage().fill_(3), x)[1]
(x.storage().__setitem__(1, 9), x)[1]
(x.untyped_storage().fill_(0), x)[1]
(x.untyped_storage().__setitem__(0, 1), x.untyped_storage().tolist()[:4])
(x.untyped_storage().copy_(torch.ones(6).untyped_storage()), x)[1]
x.untyped_storage().clone().nbytes()
x.untyped_storage().clone().data_ptr() == x.untyped_storage().data_ptr()
x.untyped_storage().data_ptr() == x.data_ptr()
x.storage().float().tolist()
x.storage().double().dtype
x.storage().int().tolist()
x.storage().tolist()
x.storage().is_cuda
x.storage().device
x.untyped_storage().device
x.untyped_storage().is_shared()
x.untyped_storage().cpu().nbytes()
torch.FloatStorage(3).size()
torch.FloatStorage([1,2,3]).tolist()
torch.FloatStorage([1,2,3])
torch.FloatStorage([1,2,3]).dtype
torch.LongStorage([1,2,3]).tolist()
torch.UntypedStorage(8).nbytes()
torch.UntypedStorage([1,2,3]).tolist()
torch.UntypedStorage().nbytes()
torch.UntypedStorage([1,2,3])
torch.TypedStorage([1,2,3], dtype=torch.int32).tolist()
torch.TypedStorage(wrap_storage=x.untyped_storage(), dtype=torch.float32).tolist()
isinstance(x.storage(), torch.FloatStorage)
isinstance(x.storage(), torch.DoubleStorage)
isinstance(x.storage(), torch.TypedStorage)
isinstance(x.untyped_storage(), torch.UntypedStorage)
torch.is_storage(x.storage())
torch.is_storage(x.untyped_storage())
torch.is_storage(x)
type(x.storage()).__name__
type(x.untyped_storage()).__name__
torch.FloatStorage.dtype
torch.FloatStorage.__name__
torch.FloatTensor(x.storage())
torch.FloatTensor(x.untyped_storage())
torch.Tensor(x.storage())
torch.tensor([]).set_(x.untyped_storage(),2,(2,),(1,))
torch.tensor([],dtype=torch.int32).set_(x.untyped_storage(),2,(2,),(1,))
torch.tensor([]).set_(x.storage())
torch.tensor([]).set_(x.storage(),1,(2,2))
x.untyped_storage().element_size()
x.untyped_storage().float().tolist()
x.untyped_storage().byte().tolist()[:4]
x.storage().pickle_storage_type()
x.storage_type()
x.untyped_storage()
x.untyped_storage() == x.view(-1).untyped_storage()
x.untyped_storage()[:4].tolist()
x.storage().data_ptr() == x.data_ptr()
x.storage().nbytes()
x.storage().copy_(torch.zeros(6).storage()).tolist()
torch.BoolStorage(2).dtype
torch.FloatStorage('a')
torch.FloatStorage(2,3)
torch.UntypedStorage(2.5)
torch.UntypedStorage(4, device='cpu').nbytes()
torch.HalfStorage(2).dtype
torch.BFloat16Storage([1.5]).tolist()
torch.ComplexFloatStorage(1).dtype
torch.storage.UntypedStorage is torch.UntypedStorage
len(x.storage())
list(x.storage())
sum(x.storage())
"""
)
