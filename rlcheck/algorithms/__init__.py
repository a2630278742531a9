"""Full training, one file an algorithm; the losses and steps they call are the verified ones."""
