"""Views beside real torch: a table of view ops, of layouts the base may have, of ways to write and
of modes of autograd. Each combination is a story that takes two views of a base, writes through one
of them or through the base, pulls gradients back, and says everything that can be seen of each
tensor.

`python -m compat.views [part of a name ...]` runs all of them and prints what differs; the test
suite runs a sample. Known gaps stand in gaps.txt, strictly.
"""
