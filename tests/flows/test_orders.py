import pytest
from pydantic import ValidationError

from domain.options import OcrOptions
from flows.orders import BOOK, SHORT_ITEMS, Order, parameter_schema

ORDER = Order(actor="lan", unit="stp")


def test_an_order_comes_back_from_json_as_it_went():
    order = Order(options=OcrOptions(dpi=400), actor="lan", unit="stp", cleared=True)
    assert Order.model_validate_json(order.model_dump_json()) == order


def test_orders_that_could_come_out_differently_have_different_digests():
    others = [
        Order(actor="lan", unit="stp", cleared=True),
        Order(actor="lan", unit="stp", options=OcrOptions(dpi=400)),
        Order(actor="lan", unit="stp", options=OcrOptions(timeout_s=60)),
    ]
    assert len({ORDER.digest, *(other.digest for other in others)}) == 4
    assert Order(actor="hoa", unit="stp").digest == ORDER.digest


def test_an_order_says_who_asked_and_what_may_pass():
    work = Order(actor="lan", unit="stp", cleared=True).work(held_by="h")
    assert (work.by.name, work.by.unit, work.cleared, work.held_by) == ("lan", "stp", True, "h")


def test_what_is_no_option_is_refused():
    with pytest.raises(ValidationError):
        Order.model_validate({"actor": "lan", "unit": "stp", "command": "rm"})


@pytest.mark.parametrize(
    ("flow", "names"), [(BOOK, {"item_id", "order"}), (SHORT_ITEMS, {"item_ids", "order"})]
)
def test_the_parameters_of_a_flow_have_a_schema(flow, names):
    schema = parameter_schema(flow)
    assert set(schema["properties"]) == names
    assert {"Order", "OcrOptions"} <= set(schema["definitions"])
