"""What one installation chooses: settings, the adapters they mean, and the words people read."""
