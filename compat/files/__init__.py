"""Files beside real torch: a matrix of what is written and read, in both directions."""
