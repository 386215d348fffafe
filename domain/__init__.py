"""The language every other package speaks: nouns, ports and errors. Imports nothing of ours."""
