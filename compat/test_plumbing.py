"""Probes, switches and hints beside real torch (its CPU build, without a GPU): the same answer, or
the same exception and the same first line.
"""

import warnings

import pytest
import torch as real

import jtorch

EXPRESSIONS = """
torch.cuda.is_available()
torch.cuda.device_count()
torch.cuda.empty_cache()
torch.cuda.manual_seed(1)
torch.cuda.manual_seed_all(1)
torch.cuda.manual_seed('a')
torch.cuda.memory_allocated()
torch.cuda.max_memory_allocated()
torch.cuda.memory_reserved()
torch.cuda.is_initialized()
torch.cuda.is_bf16_supported()
torch.cuda.init()
torch.cuda.current_device()
torch.cuda.synchronize()
torch.cuda.get_device_name(0)
torch.cuda.get_device_properties(0)
torch.cuda.get_device_capability()
torch.cuda.mem_get_info()
torch.cuda.set_device('cpu')
torch.cuda.set_device(-1)
torch.cuda.set_device('cuda')
torch.cuda.device('cpu')
torch.cuda.current_stream()
torch.cuda.Stream()
torch.cuda.Event(enable_timing=True)
torch.cuda.get_arch_list()
torch.cuda.get_rng_state_all()
torch.accelerator.is_available()
torch.accelerator.current_accelerator()
torch.accelerator.device_count()
torch.accelerator.current_device_index()
torch.accelerator.set_device_index(0)
torch.accelerator.synchronize()
torch.accelerator.memory_allocated()
torch.backends.cudnn.is_available()
torch.backends.cudnn.version()
(torch.backends.cudnn.enabled, torch.backends.cudnn.benchmark, torch.backends.cudnn.deterministic)
(torch.backends.cudnn.allow_tf32, torch.backends.cudnn.benchmark_limit)
setattr(torch.backends.cudnn, 'benchmark', 'x')
torch.backends.cuda.is_built()
torch.backends.cuda.matmul.allow_tf32
torch.backends.cuda.matmul.no_such_switch
torch.backends.mps.is_available()
torch.backends.mps.is_built()
torch.get_float32_matmul_precision()
torch.set_float32_matmul_precision(3)
torch.set_float32_matmul_precision('fast')
torch.compile(len, mode='x')
torch.compile(len, mode='default', options={})
torch.compile(len, dynamic='x')
torch.compile(3)
torch.compiler.is_compiling()
torch.compiler.list_backends()
torch.jit.is_scripting()
torch.jit.is_tracing()
(lambda f: torch.jit.ignore(f) is f)(lambda x: x)
torch.amp.autocast()
torch.amp.autocast('nope')
torch.amp.autocast(3)
torch.amp.GradScaler(enabled=False).state_dict()
torch.amp.GradScaler(enabled=False).get_scale()
torch.amp.GradScaler(enabled=False).scale(3)
torch.is_autocast_enabled()
torch.get_autocast_dtype('cpu')
torch.get_autocast_dtype('cuda')
torch.version.cuda
torch.version.hip
torch.__version__ >= '2.6'
torch.__version__ > (2, 9)
torch.zeros(2).cuda()
torch.zeros(2, device='cuda')
torch.nn.Linear(2, 2).to('cuda')
torch.no_such_name
torch.nn.no_such_name
torch.hub.get_dir()
torch.set_num_threads(0)
torch.set_num_threads('a')
torch.set_num_interop_threads(0)
torch.use_deterministic_algorithms('a')
torch.are_deterministic_algorithms_enabled()
torch.set_deterministic_debug_mode('x')
torch.set_deterministic_debug_mode(7)
torch.get_deterministic_debug_mode()
torch._check(True)
torch._check(False)
torch._check(False, lambda: 'msg')
torch._check(False, 'msg')
torch._check(3)
torch._check_index(False)
torch._check_value(False, lambda: 'v')
torch._assert(False, 'msg')
torch.typename(torch.ones(2))
torch.typename(3)
torch.typename(torch.nn.Linear)
torch.typename(torch.nn.Linear(1, 1))
torch.get_device_module('meta')
torch.get_device_module(3)
torch.cpu.is_available()
torch.cpu.current_device()
torch.cpu.device_count()
torch.cpu.synchronize()
torch.is_autocast_cache_enabled()
""".strip().splitlines()

WARNINGS = """
torch.amp.autocast('cuda')
torch.cuda.amp.autocast(enabled=False)
torch.amp.GradScaler()
torch.set_float32_matmul_precision('fast')
""".strip().splitlines()


def outcome(torch, expression):
    """What an expression gives: its value, or the type and first line of its error, in text."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return repr(eval(expression, {"torch": torch}))
        except Exception as error:
            return f"{type(error).__name__}: {str(error).splitlines()[0]}"


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_same_answer(expression):
    assert outcome(jtorch, expression) == outcome(real, expression)


@pytest.mark.parametrize("expression", WARNINGS)
def test_same_warning(expression):
    said = []
    for torch in (real, jtorch):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            eval(expression, {"torch": torch})
        first_line = str(caught[0].message).split(" (Triggered")[0]
        said.append((caught[0].category, first_line))
    assert said[0] == said[1]
