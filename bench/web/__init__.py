"""What the portal costs its readers."""
