"""Random programs beside real torch. A program is a list of Python statements over `torch`. It is
written while it runs under real torch, so that every statement knows the tensors it may use, and
then runs under jtorch. Errors are compared statement by statement; at each look, everything that
can be seen of every live tensor. Looks come in random places, so what is recorded between them
varies.

`python -m compat.fuzz --programs 10000 --seed 0` is the long run; what differs is made as short as
it gets and printed. The test suite runs a few programs with a fixed seed.
"""
