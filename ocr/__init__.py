"""From a scan to recognised words, and from recognised words to what people open."""
