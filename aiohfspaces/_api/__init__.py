"""What users call, one family a file: build a call, send it, return what came back."""
