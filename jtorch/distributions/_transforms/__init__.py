"""The transforms by family; torch's module of them all is jtorch.distributions.transforms."""
