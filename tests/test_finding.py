"""The one form of what the tool says."""

import pytest

from netwright.finding import Finding, worst_first, worst_severity


def test_a_sentence_is_made_of_the_parts_that_are_there():
    assert Finding("a", "NOTE", "It is 3.", cause="2 were added.", remedy="Take 2 away.").sentence == (
        "It is 3. 2 were added. Take 2 away."
    )


def test_the_surest_of_one_severity_comes_first():
    result = [Finding("a", "WARN", "A.", confidence=0.5), Finding("b", "WARN", "B.", confidence=0.9)]
    assert [one.symptom for one in sorted(result, key=worst_first)] == ["b", "a"]


def test_the_layer_is_the_first_of_what_it_is_about():
    assert Finding("a", "WARN", "A.", ("dense_1", "dense_2")).layer == "dense_1"
    assert Finding("a", "WARN", "A.").layer is None


@pytest.mark.parametrize("confidence", [-0.1, 1.1, float("nan")])
def test_a_confidence_is_a_probability(confidence):
    with pytest.raises(ValueError, match="confidence must be from 0 to 1, received"):
        Finding("a", "WARN", "A.", confidence=confidence)


@pytest.mark.parametrize(
    ("severities", "worst"), [((), "PASS"), (("NOTE", "PASS"), "NOTE"), (("PASS", "FAIL", "WARN"), "FAIL")]
)
def test_the_worst_severity_of_some_findings(severities, worst):
    assert worst_severity([Finding("a", severity, "A.") for severity in severities]) == worst
