//! The families of languages, and by which names people ask for them.

use super::Kind;

/// How a language is read.
pub(super) enum Looks {
    Words(&'static Language),
    Markup,
    Diff,
}

pub(super) fn find(name: &str) -> Option<Looks> {
    let is = |names: &str| names.split(' ').any(|known| known.eq_ignore_ascii_case(name));
    if name.is_empty() {
        return None;
    }
    if is("diff patch") {
        return Some(Looks::Diff);
    }
    if is("html xml svg xhtml htm") {
        return Some(Looks::Markup);
    }
    LANGUAGES.iter().find(|language| is(language.called)).map(Looks::Words)
}

pub(super) struct Language {
    /// What it is called behind a fence.
    called: &'static str,
    pub(super) line_comments: &'static [&'static str],
    pub(super) block_comment: Option<(&'static str, &'static str)>,
    /// The longer ones first.
    pub(super) quotes: &'static [Quote],
    keywords: &'static str,
    constants: &'static str,
    types: &'static str,
    /// Signs that a word may hold besides letters, digits and `_`.
    pub(super) letters: &'static str,
    /// Words before a bracket are functions, words in capitals types and constants.
    pub(super) names: bool,
    /// What stands between a name and its value, where that is all there is.
    pub(super) key: Option<char>,
    /// The value may follow its mark at once.
    pub(super) tight_keys: bool,
    any_case: bool,
}

impl Language {
    /// What the word always is in this language.
    pub(super) fn known(&self, word: &str) -> Option<Kind> {
        let is_of = |words: &str| {
            words.split(' ').any(|known| known == word || self.any_case && known.eq_ignore_ascii_case(word))
        };
        let lists =
            [(self.keywords, Kind::Keyword), (self.constants, Kind::Number), (self.types, Kind::Type)];
        lists.into_iter().find(|(words, _)| is_of(words)).map(|(_, kind)| kind)
    }
}

/// How a text begins and ends.
pub(super) struct Quote {
    pub(super) open: &'static str,
    pub(super) close: &'static str,
    /// It may go over several lines.
    pub(super) lines: bool,
    /// A backslash takes the meaning of the next sign.
    pub(super) escapes: bool,
    /// It holds one character; otherwise its mark means something else.
    pub(super) short: bool,
}

const fn line(mark: &'static str) -> Quote {
    Quote { open: mark, close: mark, lines: false, escapes: true, short: false }
}

const fn lines(open: &'static str, close: &'static str, escapes: bool) -> Quote {
    Quote { open, close, lines: true, escapes, short: false }
}

const ONE_CHARACTER: Quote = Quote { open: "'", close: "'", lines: false, escapes: true, short: true };
const DOUBLE: Quote = line("\"");
const SINGLE: Quote = line("'");
const SLASHES: Option<(&str, &str)> = Some(("/*", "*/"));

const PLAIN: Language = Language {
    called: "",
    line_comments: &[],
    block_comment: None,
    quotes: &[DOUBLE, SINGLE],
    keywords: "",
    constants: "true false null",
    types: "",
    letters: "",
    names: true,
    key: None,
    tight_keys: false,
    any_case: false,
};

static LANGUAGES: [Language; 16] = [
    Language {
        called: "rust rs",
        line_comments: &["//"],
        block_comment: SLASHES,
        quotes: &[
            lines("r##\"", "\"##", false),
            lines("r#\"", "\"#", false),
            lines("r\"", "\"", false),
            lines("\"", "\"", true),
            ONE_CHARACTER,
        ],
        keywords: "as async await break const continue crate dyn else enum extern fn for if impl in let loop match mod move mut \
                   pub ref return self static struct super trait type union unsafe use where while yield",
        constants: "true false",
        types: "bool char f32 f64 i8 i16 i32 i64 i128 isize str u8 u16 u32 u64 u128 usize",
        ..PLAIN
    },
    Language {
        called: "javascript js jsx mjs cjs typescript ts tsx mts svelte vue",
        line_comments: &["//"],
        block_comment: SLASHES,
        quotes: &[lines("`", "`", true), DOUBLE, SINGLE],
        keywords: "abstract as async await break case catch class const continue debugger declare default delete do else enum \
                   export extends finally for from function get if implements import in instanceof interface keyof let namespace \
                   new of private protected public readonly return satisfies set static super switch this throw try type typeof \
                   var void while with yield",
        constants: "true false null undefined NaN Infinity",
        types: "any bigint boolean never number object string symbol unknown",
        letters: "$",
        ..PLAIN
    },
    Language {
        called: "python py python3 starlark",
        line_comments: &["#"],
        quotes: &[lines("\"\"\"", "\"\"\"", true), lines("'''", "'''", true), DOUBLE, SINGLE],
        keywords: "and as assert async await break case class continue def del elif else except finally for from global if import \
                   in is lambda match nonlocal not or pass raise return self try while with yield",
        constants: "True False None",
        types: "bool bytes dict float frozenset int list object set str tuple",
        ..PLAIN
    },
    Language {
        called: "go golang",
        line_comments: &["//"],
        block_comment: SLASHES,
        quotes: &[lines("`", "`", false), DOUBLE, SINGLE],
        keywords: "break case chan const continue default defer else fallthrough for func go goto if import interface map package \
                   range return select struct switch type var",
        constants: "true false nil iota",
        types: "any bool byte complex128 complex64 error float32 float64 int int16 int32 int64 int8 rune string uint uint16 \
                uint32 uint64 uint8 uintptr",
        ..PLAIN
    },
    Language {
        called: "sh bash shell zsh fish console shellsession makefile make dockerfile docker",
        line_comments: &["#"],
        quotes: &[DOUBLE, SINGLE],
        keywords: "break case continue do done elif else esac exit export fi for function if in local readonly return set shift \
                   source then unset until while trap FROM RUN COPY ADD ENV ARG CMD ENTRYPOINT EXPOSE WORKDIR USER LABEL VOLUME",
        constants: "true false",
        letters: "-",
        names: false,
        ..PLAIN
    },
    Language {
        called: "c h cpp c++ cc hpp objc arduino",
        line_comments: &["//"],
        block_comment: SLASHES,
        quotes: &[DOUBLE, SINGLE],
        keywords: "alignas auto break case catch class co_await co_return const constexpr continue default delete do else enum \
                   explicit extern final for friend goto if inline mutable namespace new noexcept operator override private \
                   protected public register return sizeof static static_cast struct switch template this throw try typedef \
                   typename union using virtual volatile while define elif endif error ifdef ifndef include pragma undef",
        constants: "true false nullptr NULL",
        types: "bool char double float int int16_t int32_t int64_t int8_t long short signed size_t uint16_t uint32_t uint64_t \
                uint8_t unsigned void wchar_t",
        ..PLAIN
    },
    Language {
        called: "java kotlin kt scala groovy gradle csharp cs c# dart swift",
        line_comments: &["//"],
        block_comment: SLASHES,
        quotes: &[lines("\"\"\"", "\"\"\"", true), DOUBLE, SINGLE],
        keywords: "abstract as async await base break case catch class companion const continue data def default defer do else \
                   enum extends extension final finally for foreach fun func get given guard if implements implicit import in \
                   init inner instanceof interface internal is lateinit let match namespace native new object of open operator \
                   out override package private protected protocol public record repeat required return sealed set static struct \
                   super suspend switch synchronized this throw throws trait try typealias using val var virtual volatile when \
                   where while with yield",
        constants: "true false null nil",
        types: "bool boolean byte char decimal double dynamic float int long short string void",
        ..PLAIN
    },
    Language {
        called: "php",
        line_comments: &["//", "#"],
        block_comment: SLASHES,
        keywords: "abstract array as break case catch class clone const continue default do echo else elseif enum extends final \
                   finally fn for foreach function global if implements include instanceof interface match namespace new print \
                   private protected public readonly require require_once return self static switch this throw trait try use var \
                   while yield",
        types: "bool float int iterable mixed object string void",
        letters: "$",
        ..PLAIN
    },
    Language {
        called: "ruby rb elixir ex exs crystal",
        line_comments: &["#"],
        keywords: "alias and begin break case class cond def defmodule defp do else elsif end ensure extend fn for if import in \
                   include loop module next not or private protected public raise redo require rescue retry return self super \
                   then unless until use when while with yield",
        constants: "true false nil",
        letters: "?@",
        ..PLAIN
    },
    Language {
        called: "sql psql postgresql postgres mysql sqlite plsql",
        line_comments: &["--"],
        block_comment: SLASHES,
        keywords: "add all alter and as asc begin between by cascade case check column commit conflict constraint create cross \
                   database default delete desc distinct do drop else end except exists explain for foreign from full function \
                   grant group having if in index inner insert intersect into is join key left like limit lock not nothing of \
                   offset on or order outer over partition primary recursive references replace returning right rollback row \
                   select set table then to transaction trigger union unique update using values view when where window with",
        types: "bigint blob boolean bytea char date decimal double integer int json jsonb numeric real serial smallint text time \
                timestamp timestamptz uuid varchar",
        names: false,
        any_case: true,
        ..PLAIN
    },
    Language {
        called: "json jsonc json5 ndjson",
        line_comments: &["//"],
        block_comment: SLASHES,
        quotes: &[DOUBLE],
        names: false,
        key: Some(':'),
        tight_keys: true,
        ..PLAIN
    },
    Language {
        called: "yaml yml",
        line_comments: &["#"],
        constants: "true false null yes no on off",
        letters: "-./",
        names: false,
        key: Some(':'),
        ..PLAIN
    },
    Language {
        called: "toml ini conf cfg properties env dotenv editorconfig",
        line_comments: &["#", ";"],
        quotes: &[lines("\"\"\"", "\"\"\"", true), lines("'''", "'''", false), DOUBLE, SINGLE],
        letters: "-.",
        names: false,
        key: Some('='),
        ..PLAIN
    },
    Language {
        called: "css scss sass less",
        line_comments: &["//"],
        block_comment: SLASHES,
        keywords: "important media supports import layer container keyframes include mixin extend use and not only from to",
        constants: "none auto inherit initial unset",
        letters: "-",
        names: false,
        key: Some(':'),
        ..PLAIN
    },
    Language {
        called: "lua haskell hs elm ada",
        line_comments: &["--"],
        keywords: "and break case class data deriving do else elseif end for forall function goto hiding if import in instance \
                   let local module newtype not of or qualified repeat return then type until where while",
        constants: "true false nil True False",
        ..PLAIN
    },
    Language {
        called: "zig nix hcl terraform tf proto protobuf graphql gql solidity v odin",
        line_comments: &["//", "#"],
        block_comment: SLASHES,
        keywords: "and async await break catch comptime const continue contract data default defer else enum error export extend \
                   extends extern fn for function if import in inherit input interface let locals message module mutation oneof \
                   option or orelse output package provider pub query repeated require reserved resource rec return returns rpc \
                   scalar schema service struct subscription switch syntax terraform test then try type union unreachable using \
                   var variable while with",
        types: "address bool bytes f32 f64 i32 i64 int32 int64 string u8 u16 u32 u64 uint256 uint32 uint64 usize void",
        ..PLAIN
    },
];
