"""The Hub's endpoints by family: each reads a request, asks the model, and replies."""
