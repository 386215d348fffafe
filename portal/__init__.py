"""The web pages: readers search and read, staff upload and describe, operators watch."""
