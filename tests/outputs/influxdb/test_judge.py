"""What InfluxDB's answers mean: documented ones of 1.x, 2.x and 3.x, and nonsense."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcim.notify.channels.http import phrase
from dcim.outputs.contract import Halted, Later
from dcim.outputs.influxdb.judge import judge
from dcim.outputs.sift import Bad, Taken, TooLarge

PARTIAL_1 = '{"error":"partial write: field type conflict: input field \\"value\\" on measurement \\"m\\" is type float, already exists as type integer dropped=1"}'
UNPARSED_2 = '{"code":"invalid","message":"unable to parse \'m,a=1 value=x\': invalid number"}'
OLD_2 = '{"code":"unprocessable entity","message":"failure writing points to database: partial write: points beyond retention policy dropped=3"}'
PARTIAL_3 = json.dumps(
    {
        "error": "partial write of line protocol occurred",
        "data": [
            {"original_line": "m,a=1 value=x", "line_number": 2, "error_message": "invalid column type"}
        ],
    }
)


@pytest.mark.parametrize(
    ("status", "text", "means"),
    [
        (204, "", Taken()),
        (400, PARTIAL_1, Bad("HTTP 400: partial write: field type conflict: input field \"value\" on measurement \"m\" is type float, already exists as type integer dropped=1")),
        (400, UNPARSED_2, Bad("HTTP 400: unable to parse 'm,a=1 value=x': invalid number")),
        (422, OLD_2, Bad("HTTP 422: failure writing points to database: partial write: points beyond retention policy dropped=3", all_of_it=True)),
        (400, PARTIAL_3, Bad("HTTP 400: partial write of line protocol occurred", {1: "invalid column type"})),
        (401, '{"code":"unauthorized","message":"unauthorized access"}', Halted("HTTP 401: unauthorized access")),
        (403, "", Halted("HTTP 403")),
        (404, '{"code":"not found","message":"bucket \\"x\\" not found"}', Halted('HTTP 404: bucket "x" not found')),
        (302, "", Halted("HTTP 302")),
        (413, "<html>too\n large</html>", TooLarge(f"HTTP 413 {phrase(413)}")),
        (500, "", Later("HTTP 500")),
        (408, "", Later("HTTP 408")),
        (502, "\n<html>\n<head><title>502 Bad Gateway</title></head></html>", Later("HTTP 502 Bad Gateway")),
        (599, "<html>", Later("HTTP 599")),
    ],
)  # fmt: skip
def test_an_answer_means(status, text, means):
    assert judge(status, {}, text, 3) == means


def test_busy_servers_say_when_to_come_again():
    assert judge(429, {"Retry-After": "17"}, "", 3) == Later("HTTP 429", 17.0)
    assert judge(503, {"Retry-After": "soon"}, "", 3) == Later("HTTP 503", None)


@pytest.mark.parametrize("status", [200, 201, 202, 206])
def test_only_204_is_taken_so_that_a_page_to_log_in_takes_no_readings(status):
    verdict = judge(status, {"Content-Type": "text/html"}, "<html>log in</html>", 3)
    assert isinstance(verdict, Halted)
    assert verdict.why.startswith(f"HTTP {status} {phrase(status)} (only 204 ")


@given(st.integers(200, 599).filter(lambda status: status != 204), st.text(), st.integers(1, 100))
def test_whatever_a_server_says_is_no_success_and_raises_nothing(status, text, lines):
    assert judge(status, {}, text, lines) != Taken()
