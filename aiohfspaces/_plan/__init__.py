"""What to do next: facts in, verdict out. Pure."""
