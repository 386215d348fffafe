"""Imported by Python itself at start: the settings may then ask for ``asleep:SECONDS`` as the engine."""

from config import wiring

wiring.ENGINES["asleep"] = "bench.asleep:open_engine"
