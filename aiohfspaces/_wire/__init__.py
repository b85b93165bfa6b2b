"""What the bytes mean: requests as values, replies read into models. Pure."""
