"""`torch.utils.tensorboard`: logs that TensorBoard shows, written through the tensorboard package.
Importing it without that package raises ImportError.
"""

import tensorboard

from .writer import FileWriter as FileWriter
from .writer import SummaryWriter as SummaryWriter

if not hasattr(tensorboard, "__version__"):
    raise ImportError("TensorBoard logging requires TensorBoard version 1.15 or above")

from tensorboard.summary.writer.record_writer import RecordWriter as RecordWriter
