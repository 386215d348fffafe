"""Every alarm is about a figure that is told, and has its page."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from config.wiring import open_shelf
from domain.values import Actor, Reason
from flows.health import HealthServer, Standing
from flows.place import Place
from flows.steps.audit import Audited
from flows.steps.audit_log import note_audit
from flows.steps.way import quarantine
from tests.flows.serving import receive, settings_in

ROOT = Path(__file__).parents[1]
ALARMS = [
    rule
    for group in yaml.safe_load((ROOT / "containers/alarms.yml").read_text("utf-8"))["groups"]
    for rule in group["rules"]
]
PAGES = re.findall(r"^## (.+)$", (ROOT / "docs/runbook.md").read_text("utf-8"), re.MULTILINE)


@pytest.fixture(scope="module")
def told(tmp_path_factory) -> str:
    """What a shelf tells that has everything an alarm may be about, but its Prefect server."""
    folder = tmp_path_factory.mktemp("kệ")
    settings = settings_in(folder)
    Place.of(settings).prepare()
    _, crashing = receive(settings, folder / "in", 1, 1)
    with open_shelf(settings) as shelf:
        quarantine(shelf, crashing, Reason("item.crashes", {"times": 2}), Actor("lan", "stp"))
        note_audit(shelf, Audited(2, 2, 100, ()), 0, Actor("lan", "stp"))
    standing = Standing(alive={"worker": True}, restarts={"worker": 0}, server_answers=False)
    with HealthServer(settings, lambda: standing) as server:
        return server.metrics()


@pytest.mark.parametrize("alarm", ALARMS, ids=lambda alarm: alarm["alert"])
def test_an_alarm_is_about_what_is_told_and_has_its_page(alarm, told):
    asked = set(re.findall(r"tusach_[a-z_]+", alarm["expr"])) - {"tusach_runs"}
    assert asked
    for name in asked:
        assert re.search(rf"^{name}(\{{| )", told, re.MULTILINE), name
    assert alarm["annotations"]["runbook"] == f"docs/runbook.md#{alarm['alert'].lower()}"
    assert alarm["alert"] in PAGES


def test_every_page_of_an_alarm_has_its_alarm():
    assert [page for page in PAGES if page.startswith("Tusach")] == [alarm["alert"] for alarm in ALARMS]


def test_what_is_told_is_what_there_is(told):
    assert 'tusach_quarantined_items{code="item.crashes"} 1' in told
    assert 'tusach_items{state="received"} 1' in told
    assert 'tusach_answers{part="store"} 1' in told
    assert "tusach_audit_findings 0" in told
    assert "tusach_runs" not in told  # its server does not answer
