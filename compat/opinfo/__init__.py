"""The operator database of real torch (`op_db`), every sample of it run under both libraries.

`python -m compat.opinfo` runs all of it and writes docs/parity.md; compat/test_opinfo.py a part.
"""
