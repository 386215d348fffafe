"""What we hold and what happened to it."""
