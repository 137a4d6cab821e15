//! The script inside a prompt: which words, tool calls and mishaps the scripted model answers with.
//!
//! Pure: text in, [`Script`] out. The language is described in this crate's README.

use std::{num::NonZeroU32, time::Duration};

use serde_json::{Value, json};

use crate::clock;

/// What a prompt asks the model to do.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Script {
    /// What the title request is answered with.
    pub title: Option<String>,
    /// The person's plain words: everything before the first directive.
    pub plain: String,
    /// One step for each request of a turn. Empty: the prompt holds no script.
    pub steps: Vec<Step>,
}

/// What one request is answered with, in order.
pub type Step = Vec<Act>;

#[derive(Clone, Debug, PartialEq)]
pub enum Act {
    Stream { channel: Channel, source: Source, rate: Option<f64> },
    Tool { name: String, arguments: Value },
    Wait(Duration),
    Hold(String),
    Mishap { what: Mishap, times: Option<u32> },
    Usage { input: u64, output: u64 },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Channel {
    Text,
    Reasoning,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Source {
    Text(String),
    /// `w1 w2 w3 ...`, with a blank line after so many of them.
    Numbered {
        count: u32,
        paragraph: Option<u32>,
    },
    /// Each word is the microseconds since 1970 at which it was sent.
    Stamps(u32),
}

#[derive(Clone, Debug, PartialEq)]
pub enum Mishap {
    Fail { status: u16, retry_after: Option<u64>, message: Option<String> },
    Cut,
}

/// The step that says this at once.
pub(crate) fn say(text: String) -> Step {
    vec![Act::Stream { channel: Channel::Text, source: Source::Text(text), rate: None }]
}

impl Source {
    pub(crate) fn words(self) -> Box<dyn Iterator<Item = Word> + Send> {
        match self {
            Self::Text(text) => {
                let words: Vec<_> = text.split_inclusive(char::is_whitespace).map(str::to_owned).collect();
                Box::new(words.into_iter().map(Word::Known))
            }
            Self::Numbered { count, paragraph } => Box::new((1..=count).map(move |n| {
                let ends = paragraph.is_some_and(|words| n % words == 0);
                Word::Known(format!("w{n}{}", if ends { "\n\n" } else { " " }))
            })),
            Self::Stamps(count) => Box::new((0..count).map(|_| Word::Stamp)),
        }
    }
}

/// A word with the white space that follows it.
pub(crate) enum Word {
    Known(String),
    Stamp,
}

impl Word {
    /// A stamp is of this moment: whoever waits before a word asks afterwards.
    pub(crate) fn said(self) -> String {
        match self {
            Self::Known(word) => word,
            Self::Stamp => format!("{} ", clock::micros()),
        }
    }
}

/// A directive with the lines that continue it.
struct Line<'a> {
    number: usize,
    name: &'a str,
    rest: String,
}

impl Script {
    /// Reads a prompt. The error is a sentence that names the line.
    pub fn parse(prompt: &str) -> Result<Self, String> {
        let (plain, lines) = split(prompt);
        let mut script = Self { plain, ..Self::default() };
        let mut rate = None;
        let mut step = Step::new();
        for line in lines {
            let wrong = |why: &str| format!("line {}: /{} {why}", line.number, line.name);
            match line.name {
                "title" => script.title = Some(line.rest),
                "rate" => rate = Some(line.rest.parse().map_err(|_| wrong("wants words per second"))?),
                "step" => script.steps.push(std::mem::take(&mut step)),
                _ => {
                    let act = act(line.name, &line.rest, rate).map_err(|why| wrong(&why))?;
                    let after_tools = step.iter().any(|act| matches!(act, Act::Tool { .. }));
                    if after_tools && !matches!(act, Act::Tool { .. } | Act::Usage { .. }) {
                        script.steps.push(std::mem::take(&mut step));
                    }
                    step.push(act);
                }
            }
        }
        if !step.is_empty() {
            script.steps.push(step);
        }
        Ok(script)
    }

    /// The script that says this at once.
    pub fn saying(text: String) -> Self {
        Self { steps: vec![say(text)], ..Self::default() }
    }

    /// What to call the conversation.
    pub fn title(&self) -> String {
        let words = |text: &str| text.split_whitespace().take(6).collect::<Vec<_>>().join(" ");
        let spoken = self.steps.iter().flatten().find_map(|act| match act {
            Act::Stream { source: Source::Text(text), .. } => Some(words(text)),
            _ => None,
        });
        self.title
            .clone()
            .or_else(|| Some(words(&self.plain)).filter(|title| !title.is_empty()))
            .or(spoken)
            .unwrap_or_else(|| "Scripted conversation".into())
    }
}

/// Plain words first, then directives, each with the lines up to the next one.
fn split(prompt: &str) -> (String, Vec<Line<'_>>) {
    let mut plain = Vec::new();
    let mut lines: Vec<Line<'_>> = Vec::new();
    for (index, text) in prompt.lines().enumerate() {
        match (directive(text), lines.last_mut()) {
            (Some((name, rest)), _) => lines.push(Line { number: index + 1, name, rest: rest.into() }),
            (None, Some(line)) => line.rest = format!("{}\n{text}", line.rest),
            (None, None) => plain.push(text),
        }
    }
    for line in &mut lines {
        line.rest = line.rest.trim().to_owned();
    }
    (plain.join("\n").trim().to_owned(), lines)
}

/// `/name rest`, where the name is one lower-case word: an absolute path is none.
fn directive(text: &str) -> Option<(&str, &str)> {
    let text = text.strip_prefix('/')?;
    let (name, rest) = text.split_once(' ').unwrap_or((text.trim_end(), ""));
    let is_word = !name.is_empty() && name.chars().all(|c| c.is_ascii_lowercase() || c == '-');
    is_word.then_some((name, rest))
}

fn act(name: &str, rest: &str, rate: Option<f64>) -> Result<Act, String> {
    let text = || Source::Text(rest.replace("\\n", "\n"));
    let stream = |channel, source, rate| Ok(Act::Stream { channel, source, rate });
    let tool = |name: &str, arguments| Ok(Act::Tool { name: name.into(), arguments });
    match name {
        "say" => stream(Channel::Text, text(), rate),
        "think" => stream(Channel::Reasoning, text(), rate),
        "words" => {
            let wrong = || "wants COUNT [PER_SECOND [PER_PARAGRAPH]]".to_owned();
            let mut words = rest.split_whitespace();
            let (count, own) = count_and_rate(&mut words).ok_or_else(wrong)?;
            let paragraph = words.next().map(str::parse::<NonZeroU32>).transpose().map_err(|_| wrong())?;
            let paragraph = paragraph.map(NonZeroU32::get);
            stream(Channel::Text, Source::Numbered { count, paragraph }, own.or(rate))
        }
        "stamps" => {
            let wrong = || "wants COUNT [PER_SECOND]".to_owned();
            let (count, own) = count_and_rate(&mut rest.split_whitespace()).ok_or_else(wrong)?;
            stream(Channel::Text, Source::Stamps(count), own.or(rate))
        }
        "tool" => {
            let (name, arguments) = rest.split_once(char::is_whitespace).unwrap_or((rest, "{}"));
            let arguments = serde_json::from_str(arguments).map_err(|e| format!("wants NAME JSON: {e}"))?;
            tool(name, arguments)
        }
        "bash" => tool("bash", json!({"command": rest, "description": first_words(rest)})),
        "read" => tool("read", json!({"filePath": rest})),
        "write" => {
            let (path, content) = rest.split_once('\n').unwrap_or((rest, ""));
            tool("write", json!({"filePath": path.trim(), "content": format!("{content}\n")}))
        }
        "wait" => {
            let ms = rest.parse().map_err(|_| "wants milliseconds".to_owned())?;
            Ok(Act::Wait(Duration::from_millis(ms)))
        }
        "hold" if !rest.is_empty() => Ok(Act::Hold(rest.into())),
        "hold" => Err("wants the name of a gate".into()),
        "fail" => fail(rest),
        "cut" => {
            let mut words = rest.split_whitespace();
            match (words.next(), words.next().map(str::parse)) {
                (None, _) => Ok(Act::Mishap { what: Mishap::Cut, times: None }),
                (Some("times"), Some(Ok(times))) => Ok(Act::Mishap { what: Mishap::Cut, times: Some(times) }),
                _ => Err("wants nothing or `times N`".into()),
            }
        }
        "usage" => match numbers(rest).as_slice() {
            [input, output] => Ok(Act::Usage { input: *input, output: *output }),
            _ => Err("wants INPUT OUTPUT".into()),
        },
        _ => Err("is no directive".into()),
    }
}

fn count_and_rate(words: &mut std::str::SplitWhitespace<'_>) -> Option<(u32, Option<f64>)> {
    let count = words.next()?.parse().ok()?;
    let rate = words.next().map(str::parse).transpose().ok()?;
    Some((count, rate))
}

/// `STATUS [times N] [retry-after SECONDS] [message REST]`
fn fail(rest: &str) -> Result<Act, String> {
    let wrong = || "wants STATUS [times N] [retry-after SECONDS] [message TEXT]".to_owned();
    let (rest, message) = match rest.split_once("message ") {
        Some((rest, message)) => (rest, Some(message.to_owned())),
        None => (rest, None),
    };
    let mut words = rest.split_whitespace();
    let status = words
        .next()
        .and_then(|word| word.parse().ok())
        .filter(|status| (400..600).contains(status))
        .ok_or_else(wrong)?;
    let (mut times, mut retry_after) = (None, None);
    while let Some(word) = words.next() {
        let number: u32 = words.next().and_then(|number| number.parse().ok()).ok_or_else(wrong)?;
        match word {
            "times" => times = Some(number),
            "retry-after" => retry_after = Some(number.into()),
            _ => return Err(wrong()),
        }
    }
    Ok(Act::Mishap { what: Mishap::Fail { status, retry_after, message }, times })
}

fn numbers(text: &str) -> Vec<u64> {
    text.split_whitespace().filter_map(|word| word.parse().ok()).collect()
}

fn first_words(text: &str) -> String {
    text.split_whitespace().take(5).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn say(text: &str) -> Act {
        super::say(text.into()).remove(0)
    }

    fn steps(prompt: &str) -> Vec<Step> {
        Script::parse(prompt).unwrap().steps
    }

    #[test]
    fn words_without_directives_are_no_script() {
        let script = Script::parse("Fix /usr/bin/clock please\n/usr/lib too").unwrap();
        assert_eq!(
            (script.plain.as_str(), script.steps.len()),
            ("Fix /usr/bin/clock please\n/usr/lib too", 0)
        );
    }

    #[test]
    fn what_follows_a_tool_is_the_next_step() {
        let bash = |command: &str| Act::Tool {
            name: "bash".into(),
            arguments: json!({"command": command, "description": command}),
        };
        assert_eq!(
            steps("/say a\n/bash ls\n/bash pwd\n/step\n/bash id\n/say done"),
            [vec![say("a"), bash("ls"), bash("pwd")], vec![bash("id")], vec![say("done")]]
        );
    }

    #[test]
    fn lines_without_a_slash_continue_the_directive() {
        assert_eq!(
            steps("/say # Head\n\n- one\n/write a.txt\nalpha\nbeta"),
            [vec![
                say("# Head\n\n- one"),
                Act::Tool {
                    name: "write".into(),
                    arguments: json!({"filePath": "a.txt", "content": "alpha\nbeta\n"})
                }
            ]]
        );
    }

    #[test]
    fn numbered_words_come_in_paragraphs_where_that_is_wanted() {
        let said = |script: &str| -> String {
            let act = steps(script).concat().remove(0);
            let Act::Stream { source, .. } = act else { panic!("no stream") };
            source.words().map(Word::said).collect()
        };
        assert_eq!([said("/words 2"), said("/words 3 50 2")], ["w1 w2 ", "w1 w2\n\nw3 "]);
        assert_eq!(
            Script::parse("/words 3 50 0").unwrap_err(),
            "line 1: /words wants COUNT [PER_SECOND [PER_PARAGRAPH]]"
        );
    }

    #[test]
    fn a_rate_holds_until_the_next_one() {
        let rates: Vec<_> = steps("/rate 20\n/say a\n/words 5\n/words 5 50")
            .concat()
            .into_iter()
            .map(|act| match act {
                Act::Stream { rate, .. } => rate,
                _ => None,
            })
            .collect();
        assert_eq!(rates, [Some(20.0), Some(20.0), Some(50.0)]);
    }

    #[test]
    fn a_failure_says_how_often_and_what() {
        assert_eq!(
            steps("/fail 429 times 2 retry-after 1 message slow down"),
            [vec![Act::Mishap {
                what: Mishap::Fail { status: 429, retry_after: Some(1), message: Some("slow down".into()) },
                times: Some(2)
            }]]
        );
    }

    #[test]
    fn a_wrong_line_is_named() {
        assert_eq!(Script::parse("hello\n/sya hi").unwrap_err(), "line 2: /sya is no directive");
        assert!(Script::parse("/tool bash {oops").unwrap_err().starts_with("line 1: /tool wants NAME JSON"));
    }

    #[test]
    fn the_title_comes_from_the_script_or_the_words() {
        let title = |prompt: &str| Script::parse(prompt).unwrap().title();
        assert_eq!(title("/title Mend the clock\n/say x"), "Mend the clock");
        assert_eq!(title("Please mend the clock in the tower now\n/say x"), "Please mend the clock in the");
        assert_eq!(title("/say Hello there"), "Hello there");
        assert_eq!(title("/words 5"), "Scripted conversation");
    }
}
