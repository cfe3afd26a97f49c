"""Every sampler beside real torch, after the same seeds: `python -m compat.samplers` prints how
many numbers are equal to the bit, how far the others are, and writes docs/random.md;
compat/test_samplers.py holds the same table to what it says there.
"""
