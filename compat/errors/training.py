"""Optimizers, schedules, data loading, saving and loading, random numbers, and names."""

import io


def _parameter(torch):
    return torch.nn.Parameter(torch.ones(2))


def optimizer_twice_the_same(torch):
    p = _parameter(torch)
    torch.optim.SGD([{"params": [p]}, {"params": [p]}], lr=0.1)


def optimizer_group_without_params(torch):
    torch.optim.SGD([{"lr": 0.1}], lr=0.1)


def optimizer_add_group_type(torch):
    torch.optim.SGD([_parameter(torch)], lr=0.1).add_param_group([1])


def optimizer_load_groups(torch):
    one = torch.optim.SGD([_parameter(torch)], lr=0.1)
    two = torch.optim.SGD([{"params": [_parameter(torch)]}, {"params": [_parameter(torch)]}], lr=1)
    one.load_state_dict(two.state_dict())


def optimizer_load_sizes(torch):
    one = torch.optim.SGD([_parameter(torch)], lr=0.1)
    two = torch.optim.SGD([_parameter(torch), _parameter(torch)], lr=0.1)
    one.load_state_dict(two.state_dict())


def schedule_without_initial_lr(torch):
    optimizer = torch.optim.SGD([_parameter(torch)], lr=0.1)
    torch.optim.lr_scheduler.StepLR(optimizer, 1, last_epoch=3)


def schedule_lambdas(torch):
    optimizer = torch.optim.SGD([_parameter(torch)], lr=0.1)
    torch.optim.lr_scheduler.LambdaLR(optimizer, [lambda e: 1.0, lambda e: 1.0])


def schedule_plateau_mode(torch):
    optimizer = torch.optim.SGD([_parameter(torch)], lr=0.1)
    torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, mode="least")


def schedule_plateau_factor(torch):
    optimizer = torch.optim.SGD([_parameter(torch)], lr=0.1)
    torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, factor=1.0)


def schedule_plateau_without_metric(torch):
    optimizer = torch.optim.SGD([_parameter(torch)], lr=0.1)
    torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer).step()


class Failing:
    def __len__(self):
        return 4

    def __getitem__(self, index):
        if index == 2:
            raise KeyError("no such sample")
        return float(index)


def loader_sample_fails(torch):
    list(torch.utils.data.DataLoader(Failing(), batch_size=2))


def loader_ragged(torch):
    list(torch.utils.data.DataLoader([torch.ones(1), torch.ones(2)], batch_size=2))


def loader_ragged_lists(torch):
    list(torch.utils.data.DataLoader([[1], [1, 2]], batch_size=2))


def loader_objects(torch):
    list(torch.utils.data.DataLoader([object(), object()], batch_size=2))


def loader_iterable_shuffled(torch):
    class Stream(torch.utils.data.IterableDataset):
        def __iter__(self):
            return iter([1.0])

    torch.utils.data.DataLoader(Stream(), shuffle=True)


def loader_changed_later(torch):
    loader = torch.utils.data.DataLoader([1.0, 2.0])
    loader.batch_size = 3


def dataset_without_getitem(torch):
    torch.utils.data.Dataset()[0]


def concat_index(torch):
    torch.utils.data.ConcatDataset([[1], [2]])[-3]


def load_nothing(torch):
    torch.load("/nowhere/at/all.pt")


def load_empty(torch):
    torch.load(io.BytesIO(b""))


def load_garbage(torch):
    torch.load(io.BytesIO(b"not a checkpoint"), weights_only=True)


def load_text(torch):
    torch.load(io.StringIO("text"))


def save_nowhere(torch):
    torch.save({}, "/nowhere/at/all.pt")


def save_lambda(torch):
    torch.save(lambda: 0, io.BytesIO())


def generator_state_dtype(torch):
    torch.Generator().set_state(torch.ones(2))


def generator_seed_text(torch):
    torch.manual_seed("text")


def unknown_submodule(torch):
    import importlib

    importlib.import_module(f"{torch.__name__}.banana")


CASES = {
    "optimizer_of_tensor": lambda torch: torch.optim.SGD(_parameter(torch), lr=0.1),
    "optimizer_of_nothing": lambda torch: torch.optim.SGD([], lr=0.1),
    "optimizer_of_numbers": lambda torch: torch.optim.SGD([1.0], lr=0.1),
    "optimizer_of_non_leaf": lambda torch: torch.optim.SGD([_parameter(torch) * 2], lr=0.1),
    "sgd_lr": lambda torch: torch.optim.SGD([_parameter(torch)], lr=-0.1),
    "sgd_momentum": lambda torch: torch.optim.SGD([_parameter(torch)], lr=0.1, momentum=-1),
    "sgd_weight_decay": lambda torch: torch.optim.SGD([_parameter(torch)], lr=0.1, weight_decay=-1),
    "sgd_nesterov": lambda torch: torch.optim.SGD([_parameter(torch)], lr=0.1, nesterov=True),
    "sgd_unknown": lambda torch: torch.optim.SGD([_parameter(torch)], lr=0.1, beta=1),
    "adam_lr": lambda torch: torch.optim.Adam([_parameter(torch)], lr=-1),
    "adam_betas": lambda torch: torch.optim.Adam([_parameter(torch)], betas=(1.0, 0.9)),
    "adam_second_beta": lambda torch: torch.optim.Adam([_parameter(torch)], betas=(0.9, 1.0)),
    "adam_eps": lambda torch: torch.optim.Adam([_parameter(torch)], eps=-1),
    "adamw_weight_decay": lambda torch: torch.optim.AdamW([_parameter(torch)], weight_decay=-1),
    "rmsprop_alpha": lambda torch: torch.optim.RMSprop([_parameter(torch)], alpha=-1),
    "adagrad_lr_decay": lambda torch: torch.optim.Adagrad([_parameter(torch)], lr_decay=-1),
    "schedule_of_module": lambda torch: torch.optim.lr_scheduler.StepLR(torch.nn.ReLU(), 1),
    "loader_batch_size": lambda torch: torch.utils.data.DataLoader([1.0], batch_size=0),
    "loader_workers": lambda torch: torch.utils.data.DataLoader([1.0], num_workers=-1),
    "loader_timeout": lambda torch: torch.utils.data.DataLoader([1.0], timeout=-1),
    "loader_prefetch": lambda torch: torch.utils.data.DataLoader([1.0], prefetch_factor=2),
    "loader_persistent": lambda torch: torch.utils.data.DataLoader([1.0], persistent_workers=True),
    "loader_sampler_and_shuffle": lambda torch: torch.utils.data.DataLoader(
        [1.0], sampler=[0], shuffle=True
    ),
    "loader_batch_sampler_and_size": lambda torch: torch.utils.data.DataLoader(
        [1.0], batch_sampler=[[0]], batch_size=2
    ),
    "loader_shuffle_nothing": lambda torch: torch.utils.data.DataLoader([], shuffle=True),
    "loader_without_len": lambda torch: len(torch.utils.data.DataLoader(iter([1.0]))),
    "loader_drop_last": lambda torch: torch.utils.data.DataLoader(
        [1.0], batch_size=None, drop_last=True
    ),
    "tensor_dataset": lambda torch: torch.utils.data.TensorDataset(torch.ones(2), torch.ones(3)),
    "random_split": lambda torch: torch.utils.data.random_split([1, 2, 3], [1, 1]),
    "random_split_fractions": lambda torch: torch.utils.data.random_split([1, 2], [0.5, 0.6]),
    "concat_nothing": lambda torch: torch.utils.data.ConcatDataset([]),
    "random_sampler_number": lambda torch: torch.utils.data.RandomSampler([1], num_samples=0),
    "random_sampler_replacement": lambda torch: torch.utils.data.RandomSampler(
        [1], replacement="yes"
    ),
    "weighted_sampler": lambda torch: torch.utils.data.WeightedRandomSampler([1.0], num_samples=-1),
    "batch_sampler_size": lambda torch: torch.utils.data.BatchSampler([0], 0, False),
    "batch_sampler_drop_last": lambda torch: torch.utils.data.BatchSampler([0], 1, "no"),
    "unknown_function": lambda torch: torch.banana,
    "unknown_method": lambda torch: torch.ones(2).banana(),
    "unknown_nn": lambda torch: torch.nn.Banana,
    "unknown_functional": lambda torch: torch.nn.functional.banana,
    "unknown_optimizer": lambda torch: torch.optim.Banana,
    "unknown_import": lambda torch: __import__(torch.__name__, fromlist=["nn"]).banana,
    "unknown_dtype": lambda torch: torch.float31,
    "size_of_text": lambda torch: torch.Size("ab"),
    "ones_of_text": lambda torch: torch.ones("ab"),
    "ones_of_float": lambda torch: torch.ones(2.5),
    "zeros_like_list": lambda torch: torch.zeros_like([1.0]),
    "tensor_constructor_text": lambda torch: torch.Tensor("ab"),
    "generator_device": lambda torch: torch.Generator(device="nowhere"),
    "set_num_threads": lambda torch: torch.set_num_threads(0),
}
