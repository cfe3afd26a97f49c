"""Which models of torchvision are compared, how small, and on what. Knows neither torch: the oracle
calls the builders with what stands here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple


class Member(NamedTuple):
    """One model: the builder's name, the arguments that make it small, and what goes in."""

    family: str
    kind: str  # classify, segment, detect, flow, video
    shape: tuple[int, ...]  # of the input, without the batch
    options: dict[str, Any] = {}
    builder: str = ""  # of torchvision.models.<kind>, where it is not the name
    trained: str = ""  # in that dtype alone, where torchvision says so
    make: Callable[[Any], Any] | None = None  # from torchvision.models, where no builder is small


PLAIN = {"num_classes": 10}
SMALL = (3, 64, 64)
BACKBONE = {"weights": None, "weights_backbone": None, "num_classes": 5}
DETECTOR = BACKBONE | {"min_size": 64, "max_size": 96}
FEW = {  # regions, each of which goes through the heads in float64
    "rpn_pre_nms_top_n_test": 64, "rpn_post_nms_top_n_test": 16, "rpn_post_nms_top_n_train": 32,
    "box_batch_size_per_image": 8,
}  # fmt: skip


def classify(family: str, shape: tuple[int, ...] = SMALL, builder: str = "", **options) -> Member:
    return Member(family, "classify", shape, PLAIN | options, builder)


def shallow(family: str, make: Callable[[Any], Any], shape: tuple[int, ...] = SMALL) -> Member:
    """The blocks of a family, fewer of them than its smallest member has."""
    return Member(family, "classify", shape, make=make)


def segment(family: str) -> Member:
    return Member(family, "segment", SMALL, BACKBONE | {"aux_loss": True})


def detect(family: str, **options) -> Member:
    trained = "float32" if "num_keypoints" in options else ""
    return Member(family, "detect", (3, 96, 80), DETECTOR | options, trained=trained)


def flow(family: str) -> Member:
    updates = {"num_flow_updates": 2}
    return Member(family, "flow", (3, 128, 128), updates, trained="float32")


def video(family: str, shape: tuple[int, ...] = (3, 8, 56, 56), builder="", **options) -> Member:
    return Member(family, "video", shape, PLAIN | options, builder)


def _densenet(models: Any) -> Any:
    return models.DenseNet(8, (2, 2, 2), 16, num_classes=10)


def _efficientnet_v2(models: Any) -> Any:
    fused, inverted = models.efficientnet.FusedMBConvConfig, models.efficientnet.MBConvConfig
    blocks = [fused(1, 3, 1, 16, 16, 1), fused(4, 3, 2, 16, 24, 1), inverted(4, 3, 2, 24, 40, 2)]
    return models.EfficientNet(blocks, dropout=0.2, last_channel=64, num_classes=10)


def _bottlenecks(**options: Any) -> Callable[[Any], Any]:
    def make(models: Any) -> Any:
        block = models.resnet.Bottleneck
        return models.ResNet(block, [1, 1, 1, 1], num_classes=10, **options)

    return make


def _backbone(models: Any) -> Any:
    """Four layers in place of fifty."""
    layers = models.squeezenet1_1().features[:4]
    layers.out_channels = 128
    return layers


def _anchors(models: Any, *sizes: int) -> Any:
    return models.detection.rpn.AnchorGenerator((sizes,), ((1.0,),))


def _r_cnn(kind: str, classes: int, **options: Any) -> Callable[[Any], Any]:
    """A detector in two stages: Faster R-CNN, Mask R-CNN, Keypoint R-CNN."""

    def make(models: Any) -> Any:
        align = models.detection.faster_rcnn.MultiScaleRoIAlign
        pools = {f"{part}_roi_pool": align(["0"], 4, 2) for part in {"box", PARTS.get(kind, "box")}}
        return getattr(models.detection, kind)(
            _backbone(models), classes, 64, 96, rpn_anchor_generator=_anchors(models, 16, 32),
            **FEW, **pools, **options,
        )  # fmt: skip

    return make


PARTS = {"MaskRCNN": "mask", "KeypointRCNN": "keypoint"}


def _fcos(models: Any) -> Any:
    anchors = _anchors(models, 8)
    return models.detection.FCOS(_backbone(models), 5, 64, 96, anchor_generator=anchors)


def _retinanet(models: Any) -> Any:
    anchors = _anchors(models, 16, 32)
    return models.detection.RetinaNet(_backbone(models), 5, 64, 96, anchor_generator=anchors)


def _ssd(models: Any) -> Any:
    boxes = models.detection.ssd.DefaultBoxGenerator([[2]])
    backbone = _backbone(models)
    backbone.out_channels = [backbone.out_channels]
    return models.detection.ssd.SSD(backbone, boxes, (96, 96), 5)


def few(family: str, make: Callable[[Any], Any]) -> Member:
    """A detector on a backbone of four layers."""
    trained = "float32" if "keypoint" in family else ""
    return Member(family, "detect", (3, 96, 80), make=make, trained=trained)


def _mvit(second: bool) -> Callable[[Any], Any]:
    """Two blocks of a multiscale transformer, of the first or the second version."""

    def make(models: Any) -> Any:
        block = models.video.mvit.MSBlockConfig
        cube = [3, 3, 3]
        blocks = [
            block(1, 16, 32, cube, cube, [1, 1, 1], [1, 2, 2]),
            block(2, 32, 32, cube, cube, [1, 2, 2], [1, 2, 2]),
        ]
        return models.video.MViT(
            (32, 32), 4, blocks, residual_pool=second, residual_with_cls_embed=not second,
            rel_pos_embed=second, proj_after_attn=second, stochastic_depth_prob=0.2, num_classes=10,
        )  # fmt: skip

    return make


MAXVIT = {
    "input_size": (64, 64), "stem_channels": 16, "block_channels": [16, 32], "block_layers": [1, 1],
    "head_dim": 8, "stochastic_depth_prob": 0.2, "partition_size": 2,
}  # fmt: skip

MEMBERS = {
    "alexnet": classify("alexnet"),
    "convnext_tiny": classify("convnext"),
    "densenet (2, 2, 2)": shallow("densenet", _densenet),
    "efficientnet_b0": classify("efficientnet"),
    "efficientnet v2 (3 blocks)": shallow("efficientnet v2", _efficientnet_v2),
    "googlenet": classify("googlenet", (3, 96, 96), aux_logits=True, init_weights=False),
    "inception_v3": classify("inception", (3, 107, 107), aux_logits=False, init_weights=False),
    "maxvit_t": classify("maxvit", builder="MaxVit", **MAXVIT),
    "mnasnet0_5": classify("mnasnet"),
    "mobilenet_v2": classify("mobilenet v2"),
    "mobilenet_v3_small": classify("mobilenet v3"),
    "regnet_x_400mf": classify("regnet x"),
    "regnet_y_400mf": classify("regnet y"),
    "resnet18": classify("resnet"),
    "resnet (1, 1, 1, 1)": shallow("resnet with bottlenecks", _bottlenecks()),
    "resnext (1, 1, 1, 1)": shallow("resnext", _bottlenecks(groups=32, width_per_group=4)),
    "wide_resnet (1, 1, 1, 1)": shallow("wide resnet", _bottlenecks(width_per_group=128)),
    "shufflenet_v2_x0_5": classify("shufflenet"),
    "squeezenet1_1": classify("squeezenet"),
    "swin_t": classify("swin"),
    "swin_v2_t": classify("swin v2"),
    "vgg11": classify("vgg"),
    "vgg11_bn": classify("vgg with batch norm"),
    "vit_b_16": classify("vit", (3, 32, 32), image_size=32),
    "fcn_resnet50": segment("fcn"),
    "deeplabv3_mobilenet_v3_large": segment("deeplabv3"),
    "lraspp_mobilenet_v3_large": Member("lraspp", "segment", SMALL, BACKBONE),
    "faster r-cnn (4 layers)": few("faster r-cnn", _r_cnn("FasterRCNN", 5)),
    "mask r-cnn (4 layers)": few("mask r-cnn", _r_cnn("MaskRCNN", 5)),
    "keypoint r-cnn (4 layers)": few("keypoint r-cnn", _r_cnn("KeypointRCNN", 2, num_keypoints=4)),
    "fcos (4 layers)": few("fcos", _fcos),
    "retinanet (4 layers)": few("retinanet", _retinanet),
    "ssd (4 layers)": few("ssd", _ssd),
    "fasterrcnn_mobilenet_v3_large_fpn": detect("faster r-cnn", **FEW),
    "fasterrcnn_resnet50_fpn_v2": detect("faster r-cnn v2", **FEW),
    "fcos_resnet50_fpn": detect("fcos"),
    "retinanet_resnet50_fpn": detect("retinanet"),
    "retinanet_resnet50_fpn_v2": detect("retinanet v2"),
    "ssd300_vgg16": Member("ssd", "detect", (3, 96, 80), BACKBONE),
    "ssdlite320_mobilenet_v3_large": Member("ssdlite", "detect", (3, 96, 80), BACKBONE),
    "maskrcnn_resnet50_fpn": detect("mask r-cnn", **FEW),
    "keypointrcnn_resnet50_fpn": detect("keypoint r-cnn", num_classes=2, num_keypoints=4, **FEW),
    "raft_small": flow("raft"),
    "raft_large": flow("raft large"),
    "r3d_18": video("video resnet"),
    "mc3_18": video("mixed convolutions"),
    "r2plus1d_18": video("(2+1)d"),
    "s3d": video("s3d", (3, 16, 224, 224)),
    "mvit v1 (2 blocks)": Member("mvit", "video", (3, 4, 32, 32), make=_mvit(False)),
    "mvit v2 (2 blocks)": Member("mvit v2", "video", (3, 4, 32, 32), make=_mvit(True)),
    "swin3d_t": video("swin 3d"),
    "quantizable resnet18": classify("quantizable, in floats", builder="quantization.resnet18"),
    "quantizable mobilenet_v2": classify(
        "quantizable, in floats", builder="quantization.mobilenet_v2"
    ),
}  # fmt: skip
