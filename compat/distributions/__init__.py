"""torch.distributions beside real torch: numbers drawn, densities, moments, gradients, divergences,
transforms, constraints, words.
"""
