//! A tool's output: cut at a height, and where it is long, only one end of it until somebody asks for all.

use leptos::{html, prelude::*, task::spawn_local};
use slipway_protocol::PartBody;

use super::{looks::Looks, scroll::Scroll, shown::ShownPart};
use crate::{api::part_text, components::icon::Spinner, session::Session, text::figures::bytes, words};

/// `explained`: something else says already why there is none.
#[component]
pub fn Output(
    part: ShownPart,
    explained: bool,
    #[prop(default = Looks::Terminal)] looks: Looks,
) -> impl IntoView {
    let session: Session = expect_context();
    let id = part.id.clone();
    let cut = Memo::new(move |_| Cut::of(&part));
    let whole = RwSignal::new(None::<String>);
    let all = Memo::new(move |_| whole.with(Option::is_some));
    let hidden = Memo::new(move |_| if all.get() { 0 } else { cut.with(|cut| cut.hidden) });
    let closed = Memo::new(move |_| cut.with(|cut| cut.closed));
    let shown = Memo::new(move |_| {
        let told = whole.with(|whole| whole.as_ref().map(|whole| looks.html(whole.trim_end())));
        told.unwrap_or_else(|| cut.with(|cut| looks.html(cut.text.trim_end())))
    });
    let fetching = RwSignal::new(false);
    let problem = RwSignal::new(None::<String>);
    let fetch = Callback::new(move |()| {
        let id = id.clone();
        fetching.set(true);
        spawn_local(async move {
            let answer = part_text(session.id(), id).await;
            fetching.try_set(false);
            match answer {
                Ok(text) => {
                    problem.try_set(None);
                    whole.try_set(Some(text));
                }
                Err(failed) => {
                    problem.try_set(Some(failed.sentence().to_owned()));
                }
            }
        });
    });
    let is_end = Signal::derive(move || cut.with(|cut| cut.is_end));
    let rest = Signal::derive(move || {
        let hidden = hidden.get();
        (hidden > 0).then(|| {
            let side = if is_end.get() { "before this" } else { "more" };
            format!("{} {side}", bytes(hidden))
        })
    });
    let more = Signal::derive(move || hidden.get() > 0 && closed.get());
    view! {
        <Show
            when=move || shown.with(|shown| !shown.is_empty())
            fallback=move || (!explained).then(|| view! { <p class="tool-quiet">"No output"</p> })
        >
            <Tall more fetching rest fetch end=is_end>
                {if looks == Looks::Page {
                    view! { <div class="prose tool-page" inner_html=move || shown.get()></div> }.into_any()
                } else {
                    view! { <pre class="output" tabindex="0" inner_html=move || shown.get()></pre> }.into_any()
                }}
            </Tall>
            {move || problem.get().map(|sentence| view! { <p role="alert" class="tool-error">{sentence}</p> })}
        </Show>
    }
    .into_any()
}

/// The piece of an output that is shown at first.
#[derive(PartialEq)]
struct Cut {
    text: String,
    hidden: u64,
    is_end: bool,
    closed: bool,
}

impl Cut {
    /// What still grows is whole here; it is shown as it will be when it has ended.
    fn of(part: &ShownPart) -> Self {
        let (call, closed, hidden) = part.part.with(|part| {
            let PartBody::Tool(call) = &part.body else { return (None, !part.open, 0) };
            (Some(call.clone()), !part.open, part.hidden)
        });
        part.text.with(|text| {
            let shown = call.as_ref().map_or(0..text.len(), |call| call.shown(text));
            let hidden = hidden + (text.len() - shown.len()) as u64;
            let is_end = call.is_some_and(|call| call.shows_its_end());
            Self { text: text[shown].to_owned(), hidden, is_end, closed }
        })
    }
}

/// Cut at a height, with "Show all" where that hides something, or where more is to be had.
#[component]
pub fn Tall(
    #[prop(optional, into)] more: Signal<bool>,
    #[prop(optional, into)] fetching: Signal<bool>,
    /// What is not here, in words.
    #[prop(optional, into)]
    rest: Signal<Option<String>>,
    /// Its end is what matters.
    #[prop(optional, into)]
    end: Signal<bool>,
    #[prop(optional, into)] fetch: Option<Callback<()>>,
    children: Children,
) -> impl IntoView {
    let all = RwSignal::new(false);
    let cut = RwSignal::new(false);
    let node = NodeRef::<html::Div>::new();
    let scroll = use_context::<Scroll>();
    Effect::new(move |_| {
        if let Some(node) = node.get() {
            request_animation_frame(move || {
                cut.try_set(node.scroll_height() > node.client_height() + 4);
            });
        }
    });
    let show_all = move |_| {
        if let Some(scroll) = scroll {
            scroll.hold();
        }
        all.set(true);
        if let (true, Some(fetch)) = (more.get_untracked(), fetch) {
            fetch.run(());
        }
    };
    view! {
        <div node_ref=node class="tall" class:tall-open=move || all.get() class:tall-end=move || end.get()>
            {children()}
        </div>
        <Show when=move || more.get() || (cut.get() && !all.get())>
            <p class="tall-bar">
                <button type="button" class="show-all" disabled=move || fetching.get() on:click=show_all>
                    {words::SHOW_ALL}
                </button>
                {move || fetching.get().then(|| view! { <Spinner/> })}
                <span>{move || rest.get()}</span>
            </p>
        </Show>
    }
    .into_any()
}
