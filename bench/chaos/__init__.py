"""Nothing is lost when things die: batches on the large shelf, and a kill -9 in each of them."""
