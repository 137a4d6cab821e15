//! What a reader sees of code: its colours, and that they stay while it grows.

use slipway_markdown::render;

/// The code with its coloured pieces as `kind[text]`.
fn coloured(language: &str, code: &str) -> String {
    let html = render(&format!("```{language}\n{code}\n```"));
    let inside = html.split("<code>").nth(1).unwrap_or_default();
    let inside = inside.split("</code>").next().unwrap_or_default();
    let bare = inside.replace("<span class=\"hl-", "").replace("\">", "[").replace("</span>", "]");
    bare.replace("&quot;", "\"")
        .replace("&#39;", "'")
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&amp;", "&")
        .trim_end()
        .to_owned()
}

#[test]
fn rust() {
    assert_eq!(
        coloured("rust", "pub fn next(&mut self, x: u32) -> Option<Duration> { // half\n"),
        "keyword[pub] keyword[fn] function[next](&keyword[mut] keyword[self], x: type[u32]) -> type[Option]<type[Duration]> { comment[// half]"
    );
    assert_eq!(
        coloured("rs", "let c = 'x'; let s: &'a str = \"a \\\" b\"; println!(\"{s}\"); MAX / 2_000.5"),
        "keyword[let] c = string['x']; keyword[let] s: &'a type[str] = string[\"a \\\" b\"]; function[println]!(string[\"{s}\"]); number[MAX] / number[2_000.5]"
    );
    assert_eq!(
        coloured("rust", "a.match(0..n).await; r#\"one \"two\" three\"#; /* a\nb */ Ok(x)"),
        "a.function[match](number[0]..n).keyword[await]; string[r#\"one \"two\" three\"#]; comment[/* a\nb */] type[Ok](x)"
    );
}

#[test]
fn a_text_ends_where_it_ends() {
    assert_eq!(
        coloured("c", r#"f("\\", x, "\"", '\'')"#),
        r#"function[f](string["\\"], x, string["\""], string['\''])"#
    );
    assert_eq!(
        coloured("rust", r"('\\', '\u{1F600}', 'é', 'b)"),
        r"(string['\\'], string['\u{1F600}'], string['é'], 'b)"
    );
    assert_eq!(coloured("js", "a = 'no end\nlet b"), "a = string['no end]\nkeyword[let] b");
}

#[test]
fn families_differ_in_comments_texts_and_names() {
    for (language, code, wanted) in [
        (
            "python",
            "def f(x): # none\n    return \"\"\"a\nb\"\"\"",
            "keyword[def] function[f](x): comment[# none]\n    keyword[return] string[\"\"\"a\nb\"\"\"]",
        ),
        ("sh", "echo \"$#\" x#y # all", "echo string[\"$#\"] x#y comment[# all]"),
        (
            "ts",
            "const a = `x${1}\n`; // https://a",
            "keyword[const] a = string[`x${1}\n`]; comment[// https://a]",
        ),
        ("tsx", "<a>https://a.b</a>", "<a>https://a.b</a>"),
        ("go", "fmt.Println('a', nil)", "fmt.function[Println](string['a'], number[nil])"),
        ("sql", "SELECT * FROM t -- all", "keyword[SELECT] * keyword[FROM] t comment[-- all]"),
        (
            "json",
            "{\"a\": \"b\", \"c\":[1, true]}",
            "{function[\"a\"]: string[\"b\"], function[\"c\"]:[number[1], number[true]]}",
        ),
        ("yaml", "on: yes\nimage: a:b # c", "function[on]: number[yes]\nfunction[image]: a:b comment[# c]"),
        ("toml", "tide-feed = \"1\"", "function[tide-feed] = string[\"1\"]"),
        ("css", "a:hover { margin-top: 4px; }", "a:hover { function[margin-top]: number[4px]; }"),
        (
            "html",
            "<!-- x --><a href=\"y\">don't</a>",
            "comment[<!-- x -->]<keyword[a] function[href]=string[\"y\"]>don't</keyword[a]>",
        ),
        ("diff", "@@ -1 +1 @@\n-a\n+b\n c", "comment[@@ -1 +1 @@\n]removed[-a\n]added[+b\n] c"),
        ("text", "for \"x\"", "for \"x\""),
        ("", "for \"x\"", "for \"x\""),
    ] {
        assert_eq!(coloured(language, code), wanted, "{language}");
    }
}

#[test]
fn code_is_never_markup() {
    for language in ["rust", "html", "diff", "json", "unheard-of"] {
        let html = render(&format!("```{language}\n<script>\"</span>'<b>\n+</code></pre>\n```"));
        let tags = html.split('<').skip(1).map(|tag| tag.split(['>', ' ']).next().unwrap());
        let strange: Vec<_> = tags.filter(|tag| !KNOWN.contains(&tag.trim_start_matches('/'))).collect();
        assert_eq!(strange, [""; 0], "{html}");
    }
}

const KNOWN: [&str; 7] = ["div", "span", "button", "svg", "use", "pre", "code"];

#[test]
fn lines_keep_their_colours_while_the_code_grows() {
    let code = "/* a\n b */ fn main() {\n  let s = \"one\n two\"; 'a' 'b c\n# x: y\n<a b='c\nd'>\n-- it's `z\n`\n\"\"\"\nq\n\"\"\"\n}\n";
    for language in ["rust", "python", "js", "sh", "sql", "json", "yaml", "css", "html", "diff", "lua", "c"] {
        let whole = coloured(language, code);
        for (end, _) in code.match_indices('\n') {
            let shown = coloured(language, &code[..=end]);
            let shown = shown.trim_end_matches([']', '\n']);
            assert!(whole.starts_with(shown), "{language}: {shown}\nbecame\n{whole}");
        }
    }
}

#[test]
fn long_code_is_coloured_as_far_as_it_is_quick() {
    let line = "let a = 1;\n";
    let html = render(&format!("```rust\n{}```", line.repeat(4_000)));
    assert_eq!(html.matches("hl-keyword").count(), 32 * 1024 / line.len());
    assert_eq!(html.matches("let").count(), 4_000);
}
