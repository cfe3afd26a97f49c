"""The bodies behind `nn.functional`, one file a family. They combine ops; none of them touches
jax."""
