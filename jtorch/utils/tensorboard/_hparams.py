"""Summaries of a run's hyperparameters: what they are, and that the run has started and ended."""

# The modules of protocol buffers make their names as they are imported.
# pyright: reportAttributeAccessIssue=false

from __future__ import annotations

import logging
from typing import Any

from google.protobuf.struct_pb2 import ListValue, Value
from tensorboard.compat.proto.summary_pb2 import Summary, SummaryMetadata
from tensorboard.plugins.hparams import metadata
from tensorboard.plugins.hparams.api_pb2 import (
    DataType,
    Experiment,
    HParamInfo,
    MetricInfo,
    MetricName,
    Status,
)
from tensorboard.plugins.hparams.plugin_data_pb2 import (
    HParamsPluginData,
    SessionEndInfo,
    SessionStartInfo,
)

from ..._tensor import Tensor
from ._convert_np import make_np

log = logging.getLogger(__name__)


def hparams(
    hparam_dict: dict | None = None,
    metric_dict: dict | None = None,
    hparam_domain_discrete: dict | None = None,
) -> tuple[Summary, Summary, Summary]:
    """(the experiment with its parameters and metrics, the start with their values, the end)."""
    domains = hparam_domain_discrete or {}
    if not isinstance(hparam_dict, dict):
        raise _wrong("parameter: hparam_dict should be a dictionary, nothing logged.")
    if not isinstance(metric_dict, dict):
        raise _wrong("parameter: metric_dict should be a dictionary, nothing logged.")
    if not isinstance(domains, dict):
        raise TypeError("parameter: hparam_domain_discrete should be a dictionary, nothing logged.")
    for name, allowed in domains.items():
        fits = name in hparam_dict and isinstance(allowed, list)
        if not fits or not all(isinstance(each, type(hparam_dict[name])) for each in allowed):
            raise TypeError(
                f"parameter: hparam_domain_discrete[{name}] should be a list of same type as "
                f"hparam_dict[{name}]."
            )
    infos, start = [], SessionStartInfo()
    for name, value in hparam_dict.items():
        if value is None:
            continue
        kind, kept = _kept(value)
        start.hparams[name].CopyFrom(kept)
        domain = None
        if name in domains:
            domain = ListValue(values=[_kept(each)[1] for each in domains[name]])
        infos.append(HParamInfo(name=name, type=DataType.Value(kind), domain_discrete=domain))
    metrics = [MetricInfo(name=MetricName(tag=name)) for name in metric_dict]
    experiment = Experiment(hparam_infos=infos, metric_infos=metrics)
    end = SessionEndInfo(status=Status.Value("STATUS_SUCCESS"))
    return (
        _entry(metadata.EXPERIMENT_TAG, experiment=experiment),
        _entry(metadata.SESSION_START_INFO_TAG, session_start_info=start),
        _entry(metadata.SESSION_END_INFO_TAG, session_end_info=end),
    )


def _wrong(message: str) -> TypeError:
    log.warning(message)
    return TypeError(message)


def _kept(value: Any) -> tuple[str, Value]:
    """(its type's name, the value) as protocol buffers have it."""
    if isinstance(value, (int, float)):  # bool too
        return "DATA_TYPE_FLOAT64", Value(number_value=value)
    if isinstance(value, str):
        return "DATA_TYPE_STRING", Value(string_value=value)
    if isinstance(value, Tensor):
        return "DATA_TYPE_FLOAT64", Value(number_value=make_np(value)[0])
    raise ValueError("value should be one of int, float, str, bool, or torch.Tensor")


def _entry(tag: str, **content: Any) -> Summary:
    data = HParamsPluginData(version=metadata.PLUGIN_DATA_VERSION, **content)
    plugin = SummaryMetadata.PluginData(
        plugin_name=metadata.PLUGIN_NAME, content=data.SerializeToString()
    )
    return Summary(value=[Summary.Value(tag=tag, metadata=SummaryMetadata(plugin_data=plugin))])
