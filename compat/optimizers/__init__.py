"""torch's database of optimizers, `optim_db`, run beside real torch: every entry, in every
configuration its sampling function gives, twenty steps each. `python -m compat.optimizers` prints a
line an entry; compat/test_optimizers.py asserts the same. What does not pass stands in gaps.txt.
"""
