"""Programs on transformations of functions, run under real torch and under jtorch and compared:
values, dtypes, shapes, requires_grad, errors (type and first line), warnings. Written as the
programs of `compat.programs` are: the public functions of one parameter, `torch`, of each module
here, and the entries of its `CASES`. Known differences are in xfail.txt with their reasons.
"""
