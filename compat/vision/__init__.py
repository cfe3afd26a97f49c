"""torchvision on jtorch beside torchvision on real torch."""
