"""How fast jtorch is: the same training loops under torch eager, jtorch and hand-written JAX. See
README.md.
"""
