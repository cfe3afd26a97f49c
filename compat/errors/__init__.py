"""Bad input, one small function of `torch` a case: what real torch raises, jtorch raises, type and
first line. Each module here is an area with a table `CASES`. `python -m compat.errors [name ...]`
prints both sides.
"""
