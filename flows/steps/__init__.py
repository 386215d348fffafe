"""The work itself: plain functions over a Shelf; never imports prefect."""
