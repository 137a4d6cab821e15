//! What waits for a person: permissions and questions, at the end of the conversation.

use leptos::{prelude::*, task::spawn_local};
use slipway_protocol::{Answer, Command, PermissionAsk, Question, Request, RequestAsk, RequestId};

use super::{shown::Shown, tool::Diff};
use crate::{ask::ask, clock::Moment, components::icon::Icon, words};

/// Where the card of a request stands in the page.
pub fn anchor(request: &RequestId) -> String {
    format!("request-{request}")
}

/// One line that says what is wanted.
pub fn wanted(request: &Request) -> String {
    match &request.ask {
        RequestAsk::Permission(ask) => ask.title.clone(),
        RequestAsk::Question { questions } => {
            questions.first().map(|question| question.text.clone()).unwrap_or_default()
        }
    }
}

#[component]
pub fn Requests(shown: Shown) -> impl IntoView {
    view! {
        <For
            each=move || shown.requests.get()
            key=|request| request.id.clone()
            children=move |request| view! { <RequestCard shown request/> }
        />
    }
}

/// Sends an answer once; the buttons rest meanwhile.
#[derive(Clone, Copy)]
struct Answering {
    send: Callback<Answer>,
    busy: RwSignal<bool>,
    problem: RwSignal<Option<String>>,
}

impl Answering {
    fn new(shown: Shown, request: RequestId) -> Self {
        let (busy, problem) = (RwSignal::new(false), RwSignal::new(None::<String>));
        let send = Callback::new(move |answer: Answer| {
            let command = Command::Answer { request: request.clone(), answer };
            busy.set(true);
            spawn_local(async move {
                // An answer that was taken removes the card; until then it keeps its buttons at rest.
                if let Err(failed) = ask(shown.id(), command).await {
                    problem.set(Some(failed.sentence().to_owned()));
                    busy.set(false);
                }
            });
        });
        Self { send, busy, problem }
    }
}

#[component]
fn RequestCard(shown: Shown, request: Request) -> impl IntoView {
    let answering = Answering::new(shown, request.id.clone());
    let id = anchor(&request.id);
    let asked_at = request.created_at;
    let sub_agent = request.from_sub_agent;
    let problem = move || {
        answering.problem.get().map(|sentence| view! { <p role="alert" class="card-problem">{sentence}</p> })
    };
    match request.ask {
        RequestAsk::Permission(ask) => view! {
            <div id=id role="group" aria-label=words::PERMISSION_REQUEST class="request" tabindex="-1">
                <Permission ask answering asked_at sub_agent/>
                {problem}
            </div>
        }
        .into_any(),
        RequestAsk::Question { questions } => view! {
            <div id=id role="group" aria-label=words::QUESTION class="request" tabindex="-1">
                <Questions questions answering id=request.id.to_string()/>
                {problem}
            </div>
        }
        .into_any(),
    }
}

#[component]
fn Permission(ask: PermissionAsk, answering: Answering, asked_at: i64, sub_agent: bool) -> impl IntoView {
    let is_command = ask.action == "bash";
    let who = if sub_agent { "A sub-agent asks: " } else { "" };
    let pattern = ask.always.join(", ");
    let everything = (pattern == "*").then(|| everything(&ask.action));
    let has_pattern = !pattern.is_empty() && everything.is_none();
    let diff = ask.diff.filter(|diff| !diff.trim().is_empty());
    // A change says for itself which file it is about, where the sentence does.
    let told = ask.subject.is_empty() || (diff.is_some() && ask.title.contains(&ask.subject));
    let resting = move || answering.busy.get();
    let answer = move |answer: Answer| move |_| answering.send.run(answer.clone());
    view! {
        <div class="request-body">
            <p class="request-head">
                <Icon name="shield-question-mark"/>
                <span class="font-medium">{words::PERMISSION_REQUEST}</span>
                <span class="ml-auto t-meta text-text-3">
                    <Moment at=asked_at/>
                </span>
            </p>
            <p class="t-label font-normal text-text-2">{who}{ask.title}</p>
            {(!told)
                .then(|| {
                    view! {
                        <pre class="command request-subject" tabindex="0">
                            {is_command.then(|| view! { <span class="text-text-3">"$ "</span> })}
                            {ask.subject}
                        </pre>
                    }
                })}
            {diff.map(|diff| view! { <div class="tall"><Diff diff/></div> })}
        </div>
        <div class="request-bar">
            <button type="button" class="btn btn-primary" disabled=resting on:click=answer(Answer::AllowOnce)>
                {words::ALLOW_ONCE}
            </button>
            <button
                type="button"
                class="btn"
                aria-label=words::ALWAYS_ALLOW
                aria-description=has_pattern.then(|| pattern.clone()).or(everything.map(str::to_owned))
                disabled=resting
                on:click=answer(Answer::AlwaysAllow)
            >
                {words::ALWAYS_ALLOW}
                {has_pattern.then(|| view! { <code class="t-code truncate text-text-2">{pattern.clone()}</code> })}
                {everything.map(|everything| view! { <span class="text-text-2">{everything}</span> })}
            </button>
            <button type="button" class="btn request-deny" disabled=resting on:click=answer(Answer::Deny)>
                {words::DENY}
            </button>
        </div>
    }
    .into_any()
}

/// What "always" is about where it has no bounds.
fn everything(action: &str) -> &'static str {
    match action {
        "edit" => "every edit",
        "bash" => "every command",
        "webfetch" | "websearch" => "every page",
        _ => "all of this kind",
    }
}

/// What is chosen for one question.
#[derive(Clone, Copy)]
struct Choice {
    labels: RwSignal<Vec<String>>,
    other: RwSignal<String>,
}

impl Choice {
    fn answer(self) -> Vec<String> {
        let other = self.other.get().trim().to_owned();
        let mut answer = self.labels.get();
        answer.extend((!other.is_empty()).then_some(other));
        answer
    }
}

#[component]
fn Questions(questions: Vec<Question>, answering: Answering, id: String) -> impl IntoView {
    let new_choice = || Choice { labels: RwSignal::new(Vec::new()), other: RwSignal::new(String::new()) };
    let choices: Vec<Choice> = questions.iter().map(|_| new_choice()).collect();
    let choices = StoredValue::new(choices);
    let answers = move || choices.get_value().into_iter().map(Choice::answer).collect::<Vec<_>>();
    let resting = move || answering.busy.get() || answers().iter().any(Vec::is_empty);
    let send = move || {
        if !untrack(resting) {
            answering.send.run(Answer::Choices { choices: untrack(answers) });
        }
    };
    let last = questions.len().saturating_sub(1);
    let views = questions
        .into_iter()
        .enumerate()
        .map(|(at, question)| {
            let choice = choices.get_value()[at];
            let group = format!("{id}-{at}");
            let end = (at == last).then(|| {
                view! {
                    <button type="submit" class="btn btn-primary" disabled=resting>
                        {words::ANSWER}
                    </button>
                }
            });
            view! {
                <div class="request-body">
                    <p class="request-head">
                        <Icon name="message-circle-question-mark"/>
                        <span class="font-medium">{question.text}</span>
                    </p>
                    {question.options
                        .into_iter()
                        .enumerate()
                        .map(|(place, option)| {
                            let multiple = question.multiple;
                            let group = group.clone();
                            view! { <QuestionOption option multiple choice group place/> }
                        })
                        .collect_view()}
                    <div class="flex gap-2">
                        <input
                            type="text"
                            class="field min-w-0 flex-1"
                            aria-label=words::OTHER_ANSWER
                            placeholder=words::OTHER_ANSWER
                            prop:value=move || choice.other.get()
                            on:input=move |event| {
                                choice.other.set(event_target_value(&event));
                                if !question.multiple {
                                    choice.labels.set(Vec::new());
                                }
                            }
                        />
                        {end}
                    </div>
                </div>
            }
            .into_any()
        })
        .collect_view();
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        send();
    };
    view! { <form on:submit=submit>{views}</form> }.into_any()
}

#[component]
fn QuestionOption(
    option: slipway_protocol::QuestionOption,
    multiple: bool,
    choice: Choice,
    group: String,
    place: usize,
) -> impl IntoView {
    let label = option.label.clone();
    let chosen = {
        let label = label.clone();
        move || choice.labels.with(|labels| labels.contains(&label))
    };
    let pick = move |_| {
        if multiple {
            choice.labels.update(|labels| match labels.iter().position(|held| *held == label) {
                Some(at) => drop(labels.remove(at)),
                None => labels.push(label.clone()),
            });
        } else {
            choice.labels.set(vec![label.clone()]);
            choice.other.set(String::new());
        }
    };
    let (title_id, detail_id) = (format!("{group}-{place}-title"), format!("{group}-{place}-detail"));
    view! {
        <label class="choice">
            <input
                type=if multiple { "checkbox" } else { "radio" }
                name=group
                aria-labelledby=title_id.clone()
                aria-describedby=detail_id.clone()
                prop:checked=chosen
                on:change=pick
            />
            <span class="min-w-0">
                <span id=title_id class="block t-body font-medium">
                    {option.label}
                </span>
                <span id=detail_id class="block t-label font-normal text-text-2">
                    {option.description}
                </span>
            </span>
        </label>
    }
    .into_any()
}
