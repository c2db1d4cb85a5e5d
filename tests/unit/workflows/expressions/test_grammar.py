import jq
import pytest

from podium.workflows.expressions.errors import ExpressionError
from podium.workflows.expressions.expression import is_expression, is_partial, parse, unwrap
from podium.workflows.expressions.names import BUILTINS, FORMATS, REFUSED
from podium.workflows.expressions.terms import read

READ = [
    ".", "..", ".a", ".a.b.c", ".a?.b?", '."a b".c', '.["a"]', ".a[0]", ".a[-1].b", ".[1:]",
    ".[:2]",
    ".[1:2]", ".a.[0]", '.a."b"', ".[]", ".[]?", ".a[]?.b", "..[0]", ".. .a", ". [0]", ".and.or",
    "1", "1.", ".5", "1e3", "1.e3", "-1", "- 1", "1 - -1", "1 - 2 * -3", "- - 1", "-.a.b",
    '""', '"a"', '"a\\n\\u00e9\\ud83d\\ude00\\/"', '"a\nb"', '"\\(1)"', '"a\\("b\\(1)c")d"',
    '@base64 "a\\(.)b"', "@json", '@base64 "x".c?',
    "[]", "[1]", "[1, 2 | 3]", "[.[] | . + 1]", "{}", "{a: 1}", "{a: 1,}", "{a, b}", '{"a"}',
    '{"a b": 1, (.k): 2, @text "d": 3, "e\\(1)": 4}', "{if: 1, and, not}", "{$__loc__}",
    "{a: 1 | 2}", "{a: 1 + 2 // 3}", "{a: (1, 2)}", "{a: try error catch 1}", "{a: -1}",
    '{(1 as $x | "a"): 2}', "1 as $x | {$x}",
    "1 + 2 * 3 - 4 / 5 % 6", "1 == 2 and 3 < 4 or 5 >= 6", "1 // 2 // 3", ".a = 1 | .b",
    ".a |= 1 | 2", ".a += 1", ".a //= 1", ".a.b *= 2", "1, 2", "1 // 2 as $x | $x",
    "1 and 2 as $x | $x", "[1 as $x | 2, 3 | . + $x]", "-1 as $x | $x",
    ". as [$a, [$b]] | $a", '. as {a: $b, $c, "d": $e, (1 | tostring): $f, $g: [$h]} | $b',
    ". as [$a] ?// {a: $b} | $a", ". as {if: $x} | $x", "1 as $if | $if",
    "if . then 1 end", "if . then 1 else 2 end",
    "if . then 1 elif 2 then 3 elif 4 then 5 else 6 end",
    "try error", "try error catch .", "try try error catch error catch 3", "try -1",
    "reduce .[] as $x (0; . + $x)", "foreach .[] as $x (0; . + $x)",
    "foreach .[] as [$x] (0; . + $x; [.])", "reduce -1 as $x (0; 1)",
    "reduce .[] as $x ?// [$x] (0; 1)", "label $f | 1, break $f", "label $f | label $g | break $f",
    "def f: 1; f", "def f(x; $y): x + $y + y; f(1; 2)", "def f: def g: 3; g; f",
    "def f: f; 1", "def length: 7; length", "1, def f: 2; f",
    "map(.a)", "limit(1; .[])", 'test("a"; "i")', "not", "true", "$__loc__.line",
    ". # comment", ". # comment \\\n still \n | 1", "map(select(.a > 1) | {b: .c})",
    'to_entries | map("\\(.key)=\\(.value)") | join(",")', "[limit(3; repeat(1))]",
]  # fmt: skip
WRONG = [
    "", " ", "# nothing", "1 2", ".a b", "not 1", "1 not", '"a" "b"', "()", "(", ")", "[1,]", "{,}",
    "{a:1,,}", "{a b}", "{1: 2}", "{a: def f: 1; f}", "{a: 1 as $x | $x}", "{a: label $f | 1}",
    "1 +", "+ 1", "1 == 1 == 1", ". = 1 = 2", "1 ?// 2", ".[]?//1", "..a", "...", ". a", ".a. b",
    ".a.5", "1..2", "1.2.3", "1e", "0x1", "'a'", '"a', '"\\x"', '"\\u12"', '"\\ud83d"', '"\\()"',
    '"\\(1;2)"', "?", ".é", "{é: 1}", ".[:]", ".[0:1:2]", ".a.[1:2]", "map()", "map(1;2)", "foo",
    "foo(1)", "a::b", "true(1)", "null::a", "1 as $ x | 1", "1 as $x as $y | 1", "1 as x | 1",
    ". as [] | 1", ". as {} | 1", ". as {a} | 1", "$x::y", "break", "break $f", "label f | 1",
    "reduce .[] as $x (0)", "reduce .[] as $x (0;1;2)", "foreach .[] as $x (0)",
    "foreach .[] as $x (0;1;2;3)", "if . then 1", "if . then end", "if . then 1 else 2",
    "try 1 + 1 catch 2", "def f: 1;", "def f(): 1; f", "def if: 1; if", "def f(def): 1; f",
    "def f: g; def g: 1; f", "1 * def f: 3; f", "1 * label $f | 3", "def f(x): x; f",
    "module", "import", "1; 2", "]", "}", "[1", "{a", "@", "$", "&", "1 . 2",
]  # fmt: skip


def compiles(program: str) -> bool:
    try:
        _ = jq.compile(program)
    except ValueError:
        return False
    return True


@pytest.mark.parametrize("program", READ)
def test_what_libjq_compiles_is_read(program):
    assert compiles(program)
    _ = read(program)


@pytest.mark.parametrize("program", WRONG)
def test_what_libjq_does_not_compile_is_refused_with_a_place(program):
    assert not compiles(program)
    with pytest.raises(ExpressionError) as caught:
        _ = read(program)
    assert caught.value.kind == "syntax"
    assert 0 <= caught.value.offset <= len(program)


def test_the_functions_are_those_of_libjq():
    (listed,) = jq.compile("builtins").input_text("null").all()
    constants = {"true/0", "false/0", "null/0"}
    assert set(listed) <= BUILTINS
    syntactic = BUILTINS - set(listed) - constants
    assert all(compiles(f"{each.split('/')[0]}") for each in syntactic if each.endswith("/0"))


def test_the_formats_are_those_of_libjq():
    for name in FORMATS:
        value = [1] if name in {"csv", "tsv", "sh"} else "YQ=="
        assert jq.compile(f"@{name}").input_value(value).all()


@pytest.mark.parametrize("name", sorted(REFUSED))
def test_what_reaches_out_of_the_expression_is_refused(name):
    with pytest.raises(ExpressionError, match="not available"):
        _ = read(f". | {name}")


@pytest.mark.parametrize("program", ["$ENV", "$ENV.PATH", 'import "a" as a; .', 'include "a"; .'])
def test_environment_and_files_are_refused(program):
    with pytest.raises(ExpressionError):
        _ = read(program)


@pytest.mark.parametrize(
    "program", [".env", "{env: 1}", "{input}", '"env"', ". as $input | $input"]
)
def test_the_same_names_elsewhere_are_harmless(program):
    _ = read(program)


def test_the_variables_of_the_caller_are_collected():
    assert read("$a + (. as $b | $b + $c)").variables == {"a", "c"}
    assert read("def f($a): $a; f($b)").variables == {"b"}
    assert read("[now]").reads_clock


@pytest.mark.parametrize(
    ("program", "words"),
    [
        ("lenght", 'Did you mean "length"?'),
        ("map(.a; .b)", "map takes 1 arguments, got 2."),
        (".a |", "the end"),
        ("@bas64", 'Did you mean "base64"?'),
    ],
)
def test_a_message_says_what_to_do(program, words):
    with pytest.raises(ExpressionError, match=r".") as caught:
        _ = read(program)
    assert words in caught.value.message


@pytest.mark.parametrize(
    "program",
    ["(" * 5000 + "1" + ")" * 5000, "[" * 300 + "]" * 300, "- " * 5000 + "1", "try " * 3000 + "1",
     "def f: " * 2000 + "1", ". as " + "[" * 2000 + "$a", "if 1 then " * 2000, '"\\(' * 2000,
     "1 // " * 4000 + "1", "." * 30_000],
)  # fmt: skip
def test_deep_and_long_programs_end_in_an_error_not_in_a_crash(program):
    with pytest.raises(ExpressionError):
        _ = read(program)


@pytest.mark.parametrize(
    "program", ["1" + " + 1" * 3000, "1" + " | 1" * 3000, "[1" + ",1" * 3000 + "]"]
)
def test_long_flat_programs_are_read(program):
    _ = read(program)


def test_braces_are_taken_off_and_recognised():
    assert unwrap(" ${ .a } ") == unwrap(".a") == ".a"
    assert is_expression("${ .a }")
    assert is_expression("\n${\n.a\n}\n")
    assert not is_expression("x ${ .a }")
    assert is_partial("x ${ .a }")
    assert not is_partial("{petId} costs $5")


def test_a_variable_that_is_not_there_is_named_with_its_nearest():
    with pytest.raises(ExpressionError, match=r'Did you mean "context"'):
        parse("${ $contxt.a }").require(["context", "input"])
