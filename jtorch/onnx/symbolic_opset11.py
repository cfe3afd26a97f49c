"""A set of ONNX operators by version: importable, and empty, because nothing is exported."""
