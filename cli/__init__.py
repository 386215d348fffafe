"""The command ``tusach``: what staff and operators type. It decides nothing that a step could decide."""
