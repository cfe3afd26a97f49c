"""Modules and functions of nn: bad construction, bad calls, bad state."""


def forward_missing(torch):
    class Empty(torch.nn.Module):
        pass

    Empty()(1)


def init_forgotten(torch):
    class Forgot(torch.nn.Module):
        def __init__(self):
            self.layer = torch.nn.Linear(1, 1)

    Forgot()


def init_forgotten_parameter(torch):
    class Forgot(torch.nn.Module):
        def __init__(self):
            self.weight = torch.nn.Parameter(torch.ones(1))

    Forgot()


def parameter_replaced_by_tensor(torch):
    layer = torch.nn.Linear(1, 1)
    layer.weight = torch.ones(1, 1)


def module_replaced_by_tensor(torch):
    net = torch.nn.Sequential(torch.nn.Linear(1, 1))
    net.add_module("1", torch.ones(1))


def buffer_replaced_by_text(torch):
    norm = torch.nn.BatchNorm1d(1)
    norm.running_mean = "text"


def register_twice(torch):
    layer = torch.nn.Linear(1, 1)
    layer.forward = None
    layer.register_buffer("forward", torch.ones(1))


def parameter_non_leaf(torch):
    layer = torch.nn.Linear(1, 1)
    layer.register_parameter("extra", torch.nn.Parameter(torch.ones(1)) * 2)


def load_missing(torch):
    torch.nn.Linear(2, 2).load_state_dict({"weight": torch.ones(2, 2)})


def load_unexpected(torch):
    layer = torch.nn.Linear(2, 2)
    layer.load_state_dict(layer.state_dict() | {"extra": torch.ones(1)})


def load_shape(torch):
    torch.nn.Linear(2, 2).load_state_dict(torch.nn.Linear(3, 2).state_dict())


def load_shape_not_strict(torch):
    torch.nn.Linear(2, 2).load_state_dict({"weight": torch.ones(3, 2)}, strict=False)


def load_nested(torch):
    net = torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.BatchNorm1d(2))
    net.load_state_dict({"0.weight": torch.ones(2, 2)})


def hook_keyword(torch):
    torch.nn.Linear(1, 1).register_forward_hook(lambda m, i: None, sometimes=True)


def hook_arguments(torch):
    layer = torch.nn.Linear(1, 1)
    layer.register_forward_hook(lambda m, i: None)
    layer(torch.ones(1, 1))


def lstm_hidden_size(torch):
    lstm = torch.nn.LSTM(2, 3)
    lstm(torch.ones(4, 1, 2), (torch.ones(1, 2, 3), torch.ones(1, 2, 3)))


def rnn_hidden_dims(torch):
    torch.nn.RNN(2, 3)(torch.ones(4, 1, 2), torch.ones(1, 3))


def clip_not_finite(torch):
    p = torch.nn.Parameter(torch.ones(1))
    p.grad = torch.tensor([float("nan")])
    torch.nn.utils.clip_grad_norm_([p], 1.0, error_if_nonfinite=True)


def parameter_list_of_text(torch):
    torch.nn.ParameterList(["a"])[0].shape


def attention_mask_shape(torch):
    attend = torch.nn.MultiheadAttention(4, 2)
    x = torch.ones(3, 1, 4)
    attend(x, x, x, attn_mask=torch.zeros(2, 2))


CASES = {
    "linear_features": lambda torch: torch.nn.Linear(3, 2)(torch.ones(4, 5)),
    "linear_features_1d": lambda torch: torch.nn.Linear(3, 2)(torch.ones(5)),
    "linear_features_3d": lambda torch: torch.nn.Linear(3, 2)(torch.ones(2, 4, 5)),
    "linear_argument_missing": lambda torch: torch.nn.Linear(3),
    "linear_argument_unknown": lambda torch: torch.nn.Linear(3, 2, banana=True),
    "linear_call_missing": lambda torch: torch.nn.Linear(3, 2)(),
    "linear_of_list": lambda torch: torch.nn.Linear(3, 2)([1.0, 2.0, 3.0]),
    "conv_channels": lambda torch: torch.nn.Conv2d(3, 8, 3)(torch.ones(1, 1, 5, 5)),
    "conv_dims": lambda torch: torch.nn.Conv2d(3, 8, 3)(torch.ones(3, 5)),
    "conv_kernel_too_big": lambda torch: torch.nn.Conv2d(1, 1, 5)(torch.ones(1, 1, 3, 3)),
    "conv_groups": lambda torch: torch.nn.Conv2d(3, 8, 3, groups=2),
    "conv_groups_out": lambda torch: torch.nn.Conv2d(4, 7, 3, groups=2),
    "conv_groups_zero": lambda torch: torch.nn.Conv2d(4, 4, 3, groups=0),
    "conv_padding_mode": lambda torch: torch.nn.Conv2d(1, 1, 1, padding_mode="banana"),
    "conv_padding_text": lambda torch: torch.nn.Conv2d(1, 1, 1, padding="full"),
    "conv_same_strided": lambda torch: torch.nn.Conv2d(1, 1, 3, stride=2, padding="same"),
    "conv1d_channels": lambda torch: torch.nn.Conv1d(2, 1, 1)(torch.ones(1, 3, 4)),
    "conv1d_dims": lambda torch: torch.nn.Conv1d(2, 1, 1)(torch.ones(1, 2, 4, 4)),
    "conv_transpose_channels": lambda torch: torch.nn.ConvTranspose2d(2, 1, 1)(
        torch.ones(1, 3, 4, 4)
    ),
    "max_pool_too_small": lambda torch: torch.nn.MaxPool2d(3)(torch.ones(1, 1, 2, 2)),
    "max_pool_padding": lambda torch: torch.nn.MaxPool2d(2, padding=2)(torch.ones(1, 1, 4, 4)),
    "max_pool_dims": lambda torch: torch.nn.MaxPool2d(2)(torch.ones(4, 4)),
    "avg_pool_dims": lambda torch: torch.nn.AvgPool2d(2)(torch.ones(4, 4)),
    "batch_norm_one_value": lambda torch: torch.nn.BatchNorm1d(2)(torch.ones(1, 2)),
    "batch_norm_channels": lambda torch: torch.nn.BatchNorm1d(2)(torch.ones(4, 3)),
    "batch_norm_dims": lambda torch: torch.nn.BatchNorm2d(2)(torch.ones(4, 2)),
    "batch_norm_1d_dims": lambda torch: torch.nn.BatchNorm1d(2)(torch.ones(4, 2, 2, 2)),
    "layer_norm_shape": lambda torch: torch.nn.LayerNorm(3)(torch.ones(2, 4)),
    "layer_norm_shape_2d": lambda torch: torch.nn.LayerNorm((2, 3))(torch.ones(4, 3, 2)),
    "group_norm_groups": lambda torch: torch.nn.GroupNorm(2, 3),
    "group_norm_channels": lambda torch: torch.nn.GroupNorm(2, 4)(torch.ones(1, 6, 2)),
    "instance_norm_dims": lambda torch: torch.nn.InstanceNorm2d(2)(torch.ones(2, 2)),
    "dropout_p": lambda torch: torch.nn.Dropout(1.5),
    "dropout_function_p": lambda torch: torch.nn.functional.dropout(torch.ones(2), p=-0.1),
    "dropout2d_p": lambda torch: torch.nn.Dropout2d(2),
    "softmax_dim": lambda torch: torch.nn.Softmax(dim=2)(torch.ones(2, 2)),
    "log_softmax_dim": lambda torch: torch.nn.functional.log_softmax(torch.ones(2), dim=3),
    "glu_odd": lambda torch: torch.nn.GLU()(torch.ones(3)),
    "gelu_kind": lambda torch: torch.nn.GELU(approximate="fast")(torch.ones(1)),
    "prelu_channels": lambda torch: torch.nn.PReLU(3)(torch.ones(2, 4)),
    "pixel_shuffle": lambda torch: torch.nn.PixelShuffle(2)(torch.ones(1, 3, 2, 2)),
    "flatten_dims": lambda torch: torch.nn.Flatten(3)(torch.ones(2, 2)),
    "cross_entropy_batch": lambda torch: torch.nn.CrossEntropyLoss()(
        torch.ones(4, 3), torch.zeros(5).long()
    ),
    "cross_entropy_class": lambda torch: torch.nn.CrossEntropyLoss()(
        torch.ones(2, 3), torch.tensor([0, 3])
    ),
    "cross_entropy_negative_class": lambda torch: torch.nn.CrossEntropyLoss()(
        torch.ones(2, 3), torch.tensor([0, -1])
    ),
    "cross_entropy_int_dtype": lambda torch: torch.nn.CrossEntropyLoss()(
        torch.ones(2, 3), torch.tensor([0.0, 1.0])
    ),
    "cross_entropy_int32": lambda torch: torch.nn.CrossEntropyLoss()(
        torch.ones(2, 3), torch.tensor([0, 1], dtype=torch.int32)
    ),
    "cross_entropy_weight": lambda torch: torch.nn.functional.cross_entropy(
        torch.ones(2, 3), torch.tensor([0, 1]), weight=torch.ones(2)
    ),
    "cross_entropy_reduction": lambda torch: torch.nn.functional.cross_entropy(
        torch.ones(2, 3), torch.tensor([0, 1]), reduction="average"
    ),
    "nll_target_dims": lambda torch: torch.nn.NLLLoss()(torch.ones(2, 3), torch.zeros(2, 1).long()),
    "mse_shapes": lambda torch: torch.nn.MSELoss()(torch.ones(2, 3), torch.ones(4)),
    "mse_reduction": lambda torch: torch.nn.MSELoss(reduction="average")(
        torch.ones(2), torch.ones(2)
    ),
    "l1_shapes": lambda torch: torch.nn.L1Loss()(torch.ones(2), torch.ones(3)),
    "bce_range": lambda torch: torch.nn.BCELoss()(torch.tensor([1.5]), torch.tensor([1.0])),
    "bce_shapes": lambda torch: torch.nn.BCELoss()(torch.ones(2), torch.ones(2, 1)),
    "bce_dtype": lambda torch: torch.nn.BCELoss()(torch.ones(2), torch.ones(2).long()),
    "bce_logits_shapes": lambda torch: torch.nn.BCEWithLogitsLoss()(torch.ones(2), torch.ones(3)),
    "kl_reduction": lambda torch: torch.nn.functional.kl_div(
        torch.ones(2), torch.ones(2), reduction="banana"
    ),
    "smooth_l1_beta": lambda torch: torch.nn.functional.smooth_l1_loss(
        torch.ones(2), torch.ones(2), beta=-1.0
    ),
    "huber_delta": lambda torch: torch.nn.functional.huber_loss(
        torch.ones(2), torch.ones(2), delta=0.0
    ),
    "cosine_embedding": lambda torch: torch.nn.functional.cosine_embedding_loss(
        torch.ones(2, 3), torch.ones(2, 3), torch.ones(3)
    ),
    "margin_ranking": lambda torch: torch.nn.MarginRankingLoss()(
        torch.ones(2), torch.ones(2, 1), torch.ones(2)
    ),
    "triplet_shapes": lambda torch: torch.nn.TripletMarginLoss()(
        torch.ones(2, 3), torch.ones(3), torch.ones(2, 3)
    ),
    "lstm_features": lambda torch: torch.nn.LSTM(2, 3)(torch.ones(4, 1, 5)),
    "lstm_dims": lambda torch: torch.nn.LSTM(2, 3)(torch.ones(2)),
    "gru_features": lambda torch: torch.nn.GRU(2, 3)(torch.ones(4, 1, 5)),
    "lstm_dropout": lambda torch: torch.nn.LSTM(2, 3, dropout=2.0),
    "rnn_nonlinearity": lambda torch: torch.nn.RNN(2, 3, nonlinearity="sin"),
    "lstm_layers": lambda torch: torch.nn.LSTM(2, 3, num_layers=0),
    "lstm_cell_features": lambda torch: torch.nn.LSTMCell(2, 3)(torch.ones(1, 4)),
    "gru_cell_hidden": lambda torch: torch.nn.GRUCell(2, 3)(torch.ones(1, 2), torch.ones(1, 4)),
    "attention_heads": lambda torch: torch.nn.MultiheadAttention(5, 2),
    "attention_width": lambda torch: torch.nn.MultiheadAttention(4, 2)(
        *[torch.ones(3, 1, 6) for _ in range(3)]
    ),
    "attention_dims": lambda torch: torch.nn.MultiheadAttention(4, 2)(
        *[torch.ones(4) for _ in range(3)]
    ),
    "sdpa_mask_and_causal": lambda torch: torch.nn.functional.scaled_dot_product_attention(
        *[torch.ones(1, 2, 2) for _ in range(3)], attn_mask=torch.ones(2, 2), is_causal=True
    ),
    "sdpa_width": lambda torch: torch.nn.functional.scaled_dot_product_attention(
        torch.ones(1, 2, 3), torch.ones(1, 2, 4), torch.ones(1, 2, 4)
    ),
    "transformer_batch": lambda torch: torch.nn.Transformer(4, 2, 1, 1, 4)(
        torch.ones(3, 1, 4), torch.ones(3, 2, 4)
    ),
    "transformer_width": lambda torch: torch.nn.Transformer(4, 2, 1, 1, 4)(
        torch.ones(3, 1, 5), torch.ones(3, 1, 5)
    ),
    "transformer_activation": lambda torch: torch.nn.TransformerEncoderLayer(
        4, 2, activation="tanh"
    ),
    "interpolate_both": lambda torch: torch.nn.functional.interpolate(
        torch.ones(1, 1, 2, 2), size=4, scale_factor=2
    ),
    "interpolate_none": lambda torch: torch.nn.functional.interpolate(torch.ones(1, 1, 2, 2)),
    "interpolate_mode": lambda torch: torch.nn.functional.interpolate(
        torch.ones(1, 1, 2), size=4, mode="bilinear"
    ),
    "interpolate_corners": lambda torch: torch.nn.functional.interpolate(
        torch.ones(1, 1, 2), size=4, mode="nearest", align_corners=True
    ),
    "pad_reflect": lambda torch: torch.nn.functional.pad(
        torch.ones(1, 1, 2), (3, 0), mode="reflect"
    ),
    "pad_mode": lambda torch: torch.nn.functional.pad(torch.ones(1, 1, 2), (1, 0), mode="banana"),
    "normalize_dim": lambda torch: torch.nn.functional.normalize(torch.ones(2), dim=1),
    "cosine_similarity": lambda torch: torch.nn.functional.cosine_similarity(
        torch.ones(2, 3), torch.ones(2, 4)
    ),
    "sequential_index": lambda torch: torch.nn.Sequential(torch.nn.ReLU())[1],
    "sequential_of_function": lambda torch: torch.nn.Sequential(torch.relu),
    "module_list_of_text": lambda torch: torch.nn.ModuleList(["a"]),
    "module_list_index": lambda torch: torch.nn.ModuleList([torch.nn.ReLU()])[3],
    "module_list_call": lambda torch: torch.nn.ModuleList([torch.nn.ReLU()])(torch.ones(1)),
    "module_dict_key": lambda torch: torch.nn.ModuleDict({"a": torch.nn.ReLU()})["b"],
    "module_attribute": lambda torch: torch.nn.ReLU().banana,
    "sequential_attribute": lambda torch: torch.nn.Sequential().weight,
    "add_module_name": lambda torch: torch.nn.Module().add_module("a.b", torch.nn.ReLU()),
    "add_module_empty_name": lambda torch: torch.nn.Module().add_module("", torch.nn.ReLU()),
    "add_module_type": lambda torch: torch.nn.Module().add_module("a", 1),
    "register_buffer_type": lambda torch: torch.nn.Module().register_buffer("a", 1),
    "register_buffer_name": lambda torch: torch.nn.Module().register_buffer("a.b", None),
    "register_parameter_type": lambda torch: torch.nn.Module().register_parameter(
        "a", torch.ones(1)
    ),
    "get_submodule": lambda torch: torch.nn.Sequential(torch.nn.ReLU()).get_submodule("1"),
    "get_parameter": lambda torch: torch.nn.Linear(1, 1).get_parameter("gain"),
    "module_to_text": lambda torch: torch.nn.Linear(1, 1).to("nowhere"),
    "module_to_int": lambda torch: torch.nn.Linear(1, 1).to(torch.int64),
    "train_mode": lambda torch: torch.nn.Linear(1, 1).train("yes"),
    "load_state_of_list": lambda torch: torch.nn.Linear(1, 1).load_state_dict([1]),
    "init_fan": lambda torch: torch.nn.init.xavier_uniform_(torch.ones(3)),
    "init_kaiming_mode": lambda torch: torch.nn.init.kaiming_normal_(torch.ones(2, 2), mode="in"),
    "init_gain": lambda torch: torch.nn.init.calculate_gain("banana"),
    "init_orthogonal": lambda torch: torch.nn.init.orthogonal_(torch.ones(3)),
    "init_eye": lambda torch: torch.nn.init.eye_(torch.ones(3)),
    "parameter_of_list": lambda torch: torch.nn.Parameter([1.0]),
    "embedding_weight": lambda torch: torch.nn.Embedding(3, 2, _weight=torch.ones(2, 2)),
    "embedding_from_1d": lambda torch: torch.nn.Embedding.from_pretrained(torch.ones(2)),
    "bilinear": lambda torch: torch.nn.Bilinear(2, 3, 1)(torch.ones(1, 2), torch.ones(1, 2)),
    "unfold_dims": lambda torch: torch.nn.Unfold(2)(torch.ones(2)),
    "pack_lengths": lambda torch: torch.nn.utils.rnn.pack_padded_sequence(
        torch.ones(3, 2), torch.tensor([1, 3])
    ),
    "pad_sequence_shapes": lambda torch: torch.nn.utils.rnn.pad_sequence(
        [torch.ones(2, 3), torch.ones(2, 4)]
    ),
    "vector_to_parameters": lambda torch: torch.nn.utils.vector_to_parameters(
        [1.0], [torch.ones(1)]
    ),
}
