"""The browser that looks at the pages: Debian's Chromium without windows, which halves what a look costs."""

CHROMIUM = "/usr/bin/chromium-headless-shell"
ARGUMENTS = ["--no-sandbox"]  # as root there is none
