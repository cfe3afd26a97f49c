"""torch's database of modules, `module_db`, run beside real torch: every sample of every entry, in
training and in evaluation, in float32 and float64. `python -m compat.modules` prints a line an
entry; compat/test_modules.py asserts the same of a few samples each. What does not pass stands in
gaps.txt.
"""
