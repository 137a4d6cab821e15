//! What browser and server say to each other, and how a view of a session follows from it.
//!
//! Plain data and pure functions: no I/O, no clock, no randomness, so that the same code runs in the supervisor, in
//! the server-side renderer and in the browser.
//!
//! Invariant: whoever applies the same changes and deltas in any legal order holds the same [`SessionView`].

mod api;
mod attachment;
mod audit;
mod command;
mod configuration;
mod count;
mod diff;
mod fold;
mod frame;
mod hash;
mod ids;
mod list;
mod message;
mod model;
mod phase;
mod preferences;
mod prompt;
mod provider;
mod publishing;
mod request;
mod review;
mod search;
mod session;
mod shorten;
mod shorthand;
mod spending;
mod task;
mod view;

pub use api::{ApiError, ErrorKind, Installation, NewSession, Person};
pub use attachment::{Attachment, Draft, LARGEST_ATTACHMENT, MOST_ATTACHED};
pub use audit::{AuditEntry, AuditPage, Deed};
pub use command::{Command, CommandOutcome, SubmittedCommand, UpdateWay};
pub use configuration::{Configuration, ConfigurationKind, FoundConfiguration};
pub use count::count;
pub use diff::{
    Colour, DiffLine, FileChange, FileChanges, FileContent, FileDiff, FileStatus, Hunk, LineKind, Side,
};
pub use fold::Applied;
pub use frame::{Change, ChangeBody, Delta, Frame, Held, Join, ListFrame};
pub use hash::text_hash;
pub use ids::{
    AttachmentId, CommandId, MessageId, PartId, PromptId, RepositoryId, RequestId, SessionId, UserId,
};
pub use list::{LIST_PAGE, LONGEST_LIST, ListCounts, ListQuery, SessionFilter, SessionSummary};
pub use message::{
    Author, Message, Notice, Part, PartBody, PartSeal, Role, ToolCall, ToolStatus, TurnChanges,
};
pub use model::{ModelInfo, ModelRef};
pub use phase::{Mode, Phase};
pub use preferences::{About, Preferences};
pub use prompt::{COMPACT, Prompt, PromptState};
pub use provider::{NewProvider, ProviderInfo, ProviderKind};
pub use publishing::{
    Check, CheckState, Finding, Publishing, PublishingDraft, PullRequestComment, PullRequestLink,
    PullRequestState, PullRequestView,
};
pub use request::{Answer, PermissionAsk, Question, QuestionOption, Request, RequestAsk, RequestState};
pub use review::{Review, ReviewComment, ReviewTurn};
pub use search::{Found, Fragment, Hit};
pub use session::{
    AllowedAct, Branch, ChangedFile, Failure, Place, RepositoryInfo, RepositoryPage, Rules, SessionHead,
    Usage,
};
pub use shorten::LONGEST_OUTPUT;
pub use shorthand::{Shortened, Shorthand};
pub use spending::{Spending, Spent};
pub use task::{Task, TaskStatus};
pub use view::{Cursor, MessagePage, MessageView, PAGE_OF_MESSAGES, SessionView};

/// What says nothing does not travel and is not stored: a page holds hundreds of parts.
fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}
