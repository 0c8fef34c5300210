"""What receivers of remote write answer: texts of Prometheus 2.42, Mimir and VictoriaMetrics."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcim.outputs.contract import Halted, Later
from dcim.outputs.remotewrite.judge import judge
from dcim.outputs.sift import Bad, Taken, TooLarge


@pytest.mark.parametrize(
    ("status", "text", "means"),
    [
        (204, "", Taken()),
        (200, "", Taken()),
        (202, "", Taken()),
        (400, "out of order sample\n", Bad("HTTP 400: out of order sample", reason="out_of_order")),
        (400, "out of bounds", Bad("HTTP 400: out of bounds", reason="too_old")),
        (400, "too old sample", Bad("HTTP 400: too old sample", reason="too_old")),
        (400, "duplicate sample for timestamp", Bad("HTTP 400: duplicate sample for timestamp", reason="duplicate")),
        (
            400,
            "failed pushing to ingester: user=x: the sample has been rejected because another sample with a more recent timestamp has already been ingested and out-of-order samples are not allowed (err-mimir-sample-out-of-order).",
            "out_of_order",
        ),
        (400, "received a sample whose timestamp is too far in the future (err-mimir-too-far-in-future)", "too_new"),
        (400, "snappy: corrupt input", Bad("HTTP 400: snappy: corrupt input", reason="invalid")),
        (404, "remote write receiver needs to be enabled with --web.enable-remote-write-receiver", "halted"),
        (401, "Unauthorized", Halted("HTTP 401: Unauthorized")),
        (413, "", TooLarge("HTTP 413")),
        (503, "", Later("HTTP 503")),
        (200, '<?xml version="1.0"?><status>ok</status>', Taken()),
        (400, "<Error><Code>out of bounds</Code></Error>", Bad("HTTP 400: <Error><Code>out of bounds</Code></Error>", reason="too_old")),
        (503, '<?xml version="1.0"?>\n<!DOCTYPE html>\n<html xmlns="http://www.w3.org/1999/xhtml">', Later("HTTP 503 Service Unavailable")),
        (503, "<!-- a proxy -->\n<HTML><body>", Later("HTTP 503 Service Unavailable")),
        (502, "<html>\r\n<head><title>502 Bad Gateway</title></head>", Later("HTTP 502 Bad Gateway")),
    ],
)  # fmt: skip
def test_an_answer_means(status, text, means):
    verdict = judge(status, {}, text)
    if means == "halted":
        assert isinstance(verdict, Halted)
    elif isinstance(means, str):
        assert isinstance(verdict, Bad)
        assert verdict.reason == means
    else:
        assert verdict == means


def test_busy_receivers_say_when_to_come_again():
    assert judge(429, {"Retry-After": "17"}, "") == Later("HTTP 429", 17.0)


@pytest.mark.parametrize(
    ("status", "headers", "text"),
    [
        (200, {"Content-Type": "text/html; charset=utf-8"}, ""),
        (200, {}, "\n<!doctype html><title>log in</title>"),
        (202, {"content-type": "TEXT/HTML"}, "wait"),
        (206, {}, ""),
    ],
)
def test_a_page_to_log_in_takes_no_readings(status, headers, text):
    verdict = judge(status, headers, text)
    assert isinstance(verdict, Halted)
    assert "something else answers" in verdict.why


@given(st.integers(300, 599), st.text())
def test_whatever_a_receiver_says_is_no_success_and_raises_nothing(status, text):
    assert judge(status, {}, text) != Taken()
