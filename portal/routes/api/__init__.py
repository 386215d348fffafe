"""The API: what the pages do, as JSON below /api/v1; keys of people open it to programs."""
