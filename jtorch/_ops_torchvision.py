"""The operators of torchvision's compiled extension, which `torch.ops.load_library` registers when
torchvision asks for its `_C.so`.
"""

from __future__ import annotations

from ._ops import ops
from .library import Library
from .ops import detection, detection_deform, detection_ps

ROI = "Tensor rois, float spatial_scale, SymInt pooled_height, SymInt pooled_width"
SIZES = "SymInt batch_size, SymInt channels, SymInt height, SymInt width"
DEFORM = (
    "Tensor input, Tensor weight, Tensor offset, Tensor mask, Tensor bias, SymInt stride_h, SymInt "
    "stride_w, SymInt pad_h, SymInt pad_w, SymInt dilation_h, SymInt dilation_w, SymInt groups, "
    "SymInt offset_groups, bool use_mask"
)
SCHEMAS = (
    "_cuda_version() -> int",
    "nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
    "qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
    f"roi_align(Tensor input, {ROI}, int sampling_ratio, bool aligned) -> Tensor",
    "qroi_align(Tensor input, Tensor rois, float input_scale, int input_zero_point, "
    "float rois_scale, int rois_zero_point, float spatial_scale, SymInt pooled_height, "
    "SymInt pooled_width, int sampling_ratio, bool aligned) -> Tensor",
    f"roi_pool(Tensor input, {ROI}) -> (Tensor, Tensor)",
    f"ps_roi_align(Tensor input, {ROI}, int sampling_ratio) -> (Tensor, Tensor)",
    f"ps_roi_pool(Tensor input, {ROI}) -> (Tensor, Tensor)",
    f"deform_conv2d({DEFORM}) -> Tensor",
    "box_iou_rotated(Tensor boxes1, Tensor boxes2) -> Tensor",
    f"_roi_align_backward(Tensor grad, {ROI}, {SIZES}, int sampling_ratio, bool aligned) -> Tensor",
    f"_roi_pool_backward(Tensor grad, Tensor rois, Tensor argmax, {ROI[13:]}, {SIZES}) -> Tensor",
    f"_ps_roi_align_backward(Tensor grad, Tensor rois, Tensor channel_mapping, {ROI[13:]}, "
    f"int sampling_ratio, {SIZES}) -> Tensor",
    f"_ps_roi_pool_backward(Tensor grad, Tensor rois, Tensor channel_mapping, {ROI[13:]}, {SIZES})"
    " -> Tensor",
    f"_deform_conv2d_backward(Tensor grad, {DEFORM}) -> (Tensor, Tensor, Tensor, Tensor, Tensor)",
)


KERNELS = {
    "_cuda_version": lambda: -1,
    "nms": detection.nms,
    "roi_align": detection.roi_align,
    "roi_pool": detection.roi_pool,
    "ps_roi_align": detection_ps.ps_roi_align,
    "ps_roi_pool": detection_ps.ps_roi_pool,
    "deform_conv2d": detection_deform.deform_conv2d,
    "_roi_align_backward": detection.roi_align_backward,
    "_roi_pool_backward": detection.roi_pool_backward,
    "_ps_roi_align_backward": detection_ps.ps_roi_align_backward,
    "_ps_roi_pool_backward": detection_ps.ps_roi_pool_backward,
    "_deform_conv2d_backward": detection_deform.deform_conv2d_backward,
}


def _register() -> None:
    library = Library("torchvision", "FRAGMENT")
    for schema in SCHEMAS:
        library.define(schema)
    for name, kernel in KERNELS.items():
        library.impl(name, kernel, "CompositeExplicitAutograd")


ops._known["torchvision/_C"] = _register
