"""A differential suite: small programs, each a function of `torch`, run under real torch and under
jtorch in one process and compared: values, dtypes, shapes, strides, offsets,
autograd's view of each
tensor, versions, errors (type and first line), warnings and printed text.

Each module here is an area. Its programs are its public functions of one parameter, `torch`,
and the
entries of its `CASES` table. Known gaps are in xfail.txt, one a line with a reason; a program that
starts to agree must leave the list. `python -m compat.programs [name part ...]` prints what
differs.
"""
