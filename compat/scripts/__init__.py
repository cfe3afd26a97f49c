"""Whole scripts under real torch and under jtorch, each in a process of its own, compared by what
they print (text exactly, numbers to a relative tolerance), how they exit, and what they raise.
`python -m compat.scripts [name or path ...]`.
"""
