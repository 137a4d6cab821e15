//! What the renderer promises: the markup, safety, and that finished blocks never change.

use slipway_markdown::{blocks, render, settled};

#[test]
fn prose_lists_and_headings() {
    assert_eq!(
        render("One *two* **three** `four` ~~five~~"),
        "<p>One <em>two</em> <strong>three</strong> <code>four</code> <del>five</del></p>"
    );
    assert_eq!(
        render("- a\n- b\n\n3. c\n4. d"),
        "<ul><li>a</li><li>b</li></ul><ol start=\"3\"><li>c</li><li>d</li></ol>"
    );
    assert_eq!(
        render("## A\n\n#### B\n\n## C"),
        "<h2 class=\"h2\">A</h2><h3 class=\"h4\">B</h3><h2 class=\"h2\">C</h2>"
    );
    assert_eq!(render("> a\n\n---"), "<blockquote><p>a</p></blockquote><hr>");
}

#[test]
fn task_lists_say_their_state() {
    let html = render("- [x] done\n- [ ] open");
    assert!(html.contains("aria-label=\"Done\" checked disabled>done"), "{html}");
    assert!(html.contains("aria-label=\"To do\" disabled>open"), "{html}");
}

#[test]
fn tables_scroll_by_themselves() {
    let html = render("| a | b |\n|---|--:|\n| 1 | 2 |");
    assert_eq!(
        html,
        "<div class=\"table\" role=\"region\" aria-label=\"Table\" tabindex=\"0\"><table><thead><tr><th>a</th>\
         <th class=\"right\">b</th></tr></thead><tbody><tr><td>1</td><td class=\"right\">2</td></tr></tbody></table></div>"
    );
}

#[test]
fn code_has_a_header_with_its_language() {
    let html = render("```log\na = 1 < 2;\n```");
    assert!(html.contains("<span>log</span><button"), "{html}");
    assert!(html.contains("<code>a = 1 &lt; 2;\n</code></pre></div>"), "{html}");
}

#[test]
fn an_unclosed_fence_is_code_to_the_end() {
    assert!(render("```\na\n\nb").contains("<code>a\n\nb</code>"));
}

#[test]
fn raw_html_is_text() {
    for evil in [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "a <b onclick=\"x\">b</b>",
        "<svg/onload=alert(1)>",
        "<!-- c --><iframe src='//x'>",
        "<div>\n\n<style>*{}</style>",
        "&lt;script&gt; &#60;script&#62;",
    ] {
        let html = render(evil);
        let tags: Vec<_> = html.match_indices('<').map(|(at, _)| &html[at..]).collect();
        let known = |tag: &&str| ["<p>", "</p>", "<br>"].iter().any(|known| tag.starts_with(known));
        assert!(tags.iter().all(known), "{evil} gave {html}");
    }
}

#[test]
fn links_lead_outside_or_nowhere() {
    let safe = render("[a](https://example.org/?a=1&b=\"2\")");
    assert!(safe.starts_with("<p><a href=\"https://example.org/?a=1&amp;b=&quot;2&quot;\" target=\"_blank\" rel=\"noopener noreferrer nofollow\">a</a>"), "{safe}");
    for unsafe_link in [
        "[a](javascript:alert(1))",
        "[a](JaVaScRiPt:alert(1))",
        "[a](data:text/html,x)",
        "[a](vbscript:x)",
        "[a](//example.org)",
        "[a](src/main.rs)",
        "[a](&#106;avascript:alert(1))",
        "[a](java\tscript:alert(1))",
        "<javascript:alert(1)>",
    ] {
        assert!(!render(unsafe_link).contains("<a"), "{unsafe_link}");
    }
    assert!(render("<someone@example.org>").contains("href=\"mailto:someone@example.org\""));
}

#[test]
fn images_are_links_because_nothing_is_loaded() {
    let html = render("![chart](https://example.org/c.png)");
    assert!(
        !html.contains("<img")
            && html.contains("<a href=\"https://example.org/c.png\"")
            && html.contains(">chart</a>")
    );
    assert!(!render("[![a](https://a.example)](https://b.example)").contains("a.example"));
}

#[test]
fn bare_addresses_become_links() {
    let html =
        render("See https://example.org/a_(b), and (http://localhost:3000/x). Not xhttps://no or https://");
    assert!(html.contains(">https://example.org/a_(b)</a>, and (<a"), "{html}");
    assert!(html.contains(">http://localhost:3000/x</a>). Not xhttps://no or https://"), "{html}");
    assert!(!render("`https://example.org`").contains("<a"));
    assert!(render("https://example.org/a_b_c").contains(">https://example.org/a_b_c</a>"));
}

#[test]
fn blocks_split_at_blank_lines_outside_fences_and_lists() {
    assert_eq!(blocks("a\nb\n\nc"), ["a\nb\n\n", "c"]);
    assert_eq!(blocks("```\na\n\nb\n```\n\nc"), ["```\na\n\nb\n```\n\n", "c"]);
    assert_eq!(blocks("```\na\n\nb"), ["```\na\n\nb"]);
    assert_eq!(blocks("1. a\n\n   more\n\n2. b\n\nc"), ["1. a\n\n   more\n\n2. b\n\n", "c"]);
    assert_eq!(blocks("- a\n  ```\n  x\n\n  y\n  ```\n\nb"), ["- a\n  ```\n  x\n\n  y\n  ```\n\n", "b"]);
    assert_eq!(blocks("~~~~\n```\n\n~~~\n~~~~\n\nx"), ["~~~~\n```\n\n~~~\n~~~~\n\n", "x"]);
    assert_eq!(blocks("\n\na"), ["\n\na"]);
    assert!(blocks("").is_empty());
}

const LONG: &str = "# Title\n\nSome *prose* with `code` and a [link](https://example.org).\n\n- one\n\n- two\n  - deep\n\n\
    ```rust\nfn main() {\n\n}\n```\n\n1. a\n2. b\n\n12. c\n\n---\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n> quote\n\n* x\n\n*y* z\n\nend";

#[test]
fn finished_blocks_never_change() {
    let mut finished: Vec<&str> = Vec::new();
    for end in (0..=LONG.len()).filter(|end| LONG.is_char_boundary(*end)) {
        let now = blocks(&LONG[..end]);
        assert_eq!(now.concat(), &LONG[..end]);
        let (_, done) = now.split_last().unwrap_or((&"", &[]));
        assert!(done.starts_with(&finished), "at {end}: {finished:?} became {done:?}");
        finished = done.to_vec();
    }
    assert_eq!(render(LONG), blocks(LONG).into_iter().map(render).collect::<String>());
}

#[test]
fn a_tail_shows_whole_lines_of_code_and_whole_rows() {
    assert_eq!(settled("```rust\nlet a"), "```rust\n");
    assert_eq!(settled("```rust\nlet a;\nle"), "```rust\nlet a;\n");
    assert_eq!(settled("text\n``"), "text\n");
    assert_eq!(settled("| a | b |"), "");
    assert_eq!(settled("| a | b |\n"), "");
    assert_eq!(settled("| a | b |\n|--"), "");
    assert_eq!(settled("| a |\n|---|\n| 1"), "| a |\n|---|\n");
    assert_eq!(settled("| a |\n|---|\n| 1 |\n"), "| a |\n|---|\n| 1 |\n");
}

#[test]
fn a_tail_closes_what_has_only_begun() {
    assert_eq!(settled("plain words"), "plain words");
    assert_eq!(settled("a **bold wo"), "a **bold wo**");
    assert_eq!(settled("a **"), "a ");
    assert_eq!(settled("a `co"), "a `co`");
    assert_eq!(settled("a `"), "a ");
    assert_eq!(settled("see [the do"), "see ");
    assert_eq!(settled("see [the docs](https://ex"), "see ");
    assert_eq!(settled("see [the docs](https://example.org) no"), "see [the docs](https://example.org) no");
    assert_eq!(settled("an array[0] and"), "an array[0] and");
    assert_eq!(settled("done **bold** and `code`"), "done **bold** and `code`");
}

#[test]
fn a_tail_never_loses_text_when_the_block_ends() {
    for end in (0..=LONG.len()).filter(|end| LONG.is_char_boundary(*end)) {
        // Only that it neither panics nor invents characters beyond the marks it closes.
        let shown = settled(&LONG[..end]);
        assert!(shown.len() <= end + 3);
    }
}
