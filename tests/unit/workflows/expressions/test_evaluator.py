import pytest

from podium.workflows.expressions.errors import ExpressionError
from podium.workflows.expressions.evaluator import Evaluator

pytestmark = pytest.mark.anyio


class Recorder:
    """A jq that answers 'jq' and remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, object, dict[str, object]]] = []

    async def evaluate(self, program, data, variables):
        self.asked.append((program, data, dict(variables)))
        return "jq"

    async def check(self, program, variables):
        return None


@pytest.fixture
def jq():
    return Recorder()


async def test_every_whole_string_of_a_template_is_replaced(jq):
    template = {"a": "${ .x }", "b": ["${ $input.y }", "text", 5, None], "c": {"d": "${ .x + 1 }"}}
    found = await Evaluator(jq).value(template, {"x": 1}, {"input": {"y": 2}})
    assert found == {"a": 1, "b": [2, "text", 5, None], "c": {"d": 2}}
    assert jq.asked == []


async def test_what_the_fast_path_cannot_do_goes_to_jq_with_the_variables_it_names(jq):
    variables = {"context": {"big": 1}, "input": 2, "item": 3}
    assert await Evaluator(jq).value("${ map(. + $item) }", [1], variables) == "jq"
    assert jq.asked == [("map(. + $item)", [1], {"item": 3})]


async def test_now_is_the_recorded_moment(jq):
    _ = await Evaluator(jq).value("${ now }", None, {"now": 5.0, "input": 1})
    assert jq.asked == [("now", None, {"now": 5.0})]
    with pytest.raises(ExpressionError, match="no moment was recorded"):
        _ = await Evaluator(jq).value("${ now }", None, {})


@pytest.mark.parametrize(
    ("expression", "truth"),
    [(".a", True), ("${ .a }", True), (".b", False), (".c", False), (".d", True), (".e?", False)],
)
async def test_null_false_and_no_output_are_false(jq, expression, truth):
    data = {"a": 1, "b": False, "c": None, "d": 0}
    assert await Evaluator(jq).truth(expression, data, {}) is truth


async def test_an_error_says_which_expression(jq):
    with pytest.raises(ExpressionError, match=r"Expression: \$\{ \$contxt \}") as caught:
        _ = await Evaluator(jq).value({"a": "${ $contxt }"}, None, {"context": 1})
    assert caught.value.kind == "syntax"


async def test_what_would_fail_is_asked_of_jq_so_that_errors_have_one_source(jq):
    assert await Evaluator(jq).value("${ .a.b }", {"a": 1}, {}) == "jq"
    assert len(jq.asked) == 1


async def test_results_are_not_evaluated_again(jq):
    assert await Evaluator(jq).value("${ .a }", {"a": "${ .b }", "b": 1}, {}) == "${ .b }"
