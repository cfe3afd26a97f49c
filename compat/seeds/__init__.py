"""The code blocks of the seed documents, run in order as a reader would, under real torch and under
jtorch. The documents are not part of this project: their folder is an argument, or JTORCH_SEEDS, or
../shared/seeds. `python -m compat.seeds [folder]`.
"""
