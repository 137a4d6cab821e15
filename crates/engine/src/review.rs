//! The use cases around a session's changes: what differs, what a person viewed of it, and what they say about lines.
//!
//! Reading needs no agent and no supervisor, so sleeping sessions have changes too. What is personal never moves a revision.

mod colours;
mod letter;
mod marks;

use std::path::PathBuf;

use slipway_git::Ends;
use slipway_protocol::{
    Command, CommandId, CommandOutcome, ErrorKind, FileChange, FileChanges, FileContent, FileDiff, MessageId,
    Person, PromptId, Review, ReviewComment, SessionId, SubmittedCommand,
};

use crate::{Engine, Error, clock};

/// A longer change is asked for by itself.
const LONGEST_AT_FIRST: u32 = 400;
/// Changed lines that come with the page.
const LINES_AT_FIRST: u32 = 1_500;
const FILES_AT_FIRST: usize = 60;

const LONGEST_COMMENT: usize = 16 * 1024;
const LONGEST_LINE: usize = 8 * 1024;
const LONGEST_PATH: usize = 4 * 1024;
const MOST_COMMENTS: usize = 200;

/// The two states that are compared.
struct Compared {
    checkout: PathBuf,
    from: String,
    /// None: the files as they are now.
    to: Option<String>,
}

impl Compared {
    fn ends(&self) -> Ends<'_> {
        match &self.to {
            Some(to) => Ends::Between(&self.from, to),
            None => Ends::SinceBase(&self.from),
        }
    }
}

impl Engine {
    /// What the session has changed since its base, or in the turn of one answer.
    pub async fn review(
        &self,
        who: &Person,
        id: &SessionId,
        turn: Option<&MessageId>,
    ) -> Result<Review, Error> {
        let compared = self.compared(who, id, turn).await?;
        let mut review = Review {
            comments: self.store.review_comments(id, &who.id).await?,
            turns: self.store.review_turns(id).await?,
            ..Review::default()
        };
        let Some(compared) = compared else { return Ok(review) };
        review.changes = self.git.file_changes(&compared.checkout, compared.ends()).await?;
        let first = first(&review.changes);
        let diffs = self.git.file_diffs(&compared.checkout, compared.ends(), &first).await?;
        review.diffs =
            diffs.into_iter().map(|(file, diff)| (file.path.clone(), decorated(&file, diff))).collect();
        let viewed = self.store.viewed_files(id, &who.id).await?;
        let still = |file: &&FileChange| {
            viewed.iter().any(|(path, digest)| (path, digest) == (&file.path, &file.digest))
        };
        review.viewed = review.changes.files.iter().filter(still).map(|file| file.path.clone()).collect();
        Ok(review)
    }

    /// The lines of one file that did not come with the review.
    pub async fn file_diff(
        &self,
        who: &Person,
        id: &SessionId,
        turn: Option<&MessageId>,
        path: &str,
    ) -> Result<FileDiff, Error> {
        let compared = self.compared(who, id, turn).await?.ok_or_else(|| unchanged(path))?;
        let diffs = self.git.file_diffs(&compared.checkout, compared.ends(), &[path.to_owned()]).await?;
        let (file, diff) = diffs.into_iter().next().ok_or_else(|| unchanged(path))?;
        Ok(decorated(&file, diff))
    }

    /// The person has viewed the file as it is under this digest; none: not any more.
    pub async fn set_viewed(
        &self,
        who: &Person,
        id: &SessionId,
        path: &str,
        digest: Option<&str>,
    ) -> Result<(), Error> {
        self.may_read(who, id).await?;
        if path.len() > LONGEST_PATH || digest.is_some_and(|digest| digest.len() > 100) {
            return Err(Error::invalid("There is no such file."));
        }
        Ok(self.store.set_viewed(id, &who.id, path, digest).await?)
    }

    /// Keeps a comment until it is sent; the same id again replaces its text.
    pub async fn put_comment(
        &self,
        who: &Person,
        id: &SessionId,
        comment: ReviewComment,
    ) -> Result<ReviewComment, Error> {
        self.may_read(who, id).await?;
        check_comment(&comment)?;
        let comment = ReviewComment { created_at: clock::now(), sent_at: None, ..comment };
        let held = self.store.review_comments(id, &who.id).await?;
        if held.len() >= MOST_COMMENTS && held.iter().all(|held| held.id != comment.id) {
            return Err(Error::new(
                ErrorKind::Busy,
                "200 comments are kept at most. Send or remove some first.",
            ));
        }
        self.store.put_review_comment(id, &who.id, &comment).await?;
        Ok(comment)
    }

    pub async fn remove_comments(&self, who: &Person, id: &SessionId, ids: &[String]) -> Result<(), Error> {
        self.may_read(who, id).await?;
        Ok(self.store.remove_review_comments(id, &who.id, ids).await?)
    }

    /// Sends these comments as one prompt. They count as sent only when that was accepted; the same prompt again is sent
    /// once.
    pub async fn send_comments(
        &self,
        who: &Person,
        id: &SessionId,
        prompt: PromptId,
        ids: &[String],
    ) -> Result<CommandOutcome, Error> {
        self.may_read(who, id).await?;
        let held = self.store.review_comments(id, &who.id).await?;
        let wanted: Vec<ReviewComment> = held.into_iter().filter(|held| ids.contains(&held.id)).collect();
        let waiting: Vec<ReviewComment> =
            wanted.iter().filter(|comment| comment.sent_at.is_none()).cloned().collect();
        if waiting.is_empty() && !wanted.is_empty() {
            return Ok(CommandOutcome::Applied);
        }
        if waiting.is_empty() {
            return Err(Error::invalid("These comments are gone. Reload the page to see those that wait."));
        }
        let text = letter::letter(&waiting);
        let command = Command::Prompt {
            prompt: prompt.clone(),
            text,
            mode: None,
            model: None,
            attachments: Vec::new(),
        };
        let submitted = SubmittedCommand { id: CommandId::new(prompt.as_str()), command };
        let outcome = self.submit(who, id, submitted).await?;
        if outcome == CommandOutcome::Applied {
            self.store.mark_comments_sent(id, &who.id, ids, clock::now()).await?;
        }
        Ok(outcome)
    }

    /// None where there is nothing to compare yet.
    async fn compared(
        &self,
        who: &Person,
        id: &SessionId,
        turn: Option<&MessageId>,
    ) -> Result<Option<Compared>, Error> {
        self.may_read(who, id).await?;
        let head = self.store.session(id).await?.ok_or_else(Error::no_such_session)?.head;
        if head.archived_at.is_some() || head.packed_bytes.is_some() {
            let sentence = "This session is archived. Restore it first to see its changes.";
            return Err(Error::new(ErrorKind::Conflict, sentence));
        }
        let checkout = self.settings.checkout_dir(id);
        if head.base_commit.is_empty() || !checkout.join(".git").exists() {
            return Ok(None);
        }
        let Some(answer) = turn else {
            return Ok(Some(Compared { checkout, from: head.base_commit, to: None }));
        };
        let turn = self.store.checkpoint_of(id, answer).await?;
        let ends = turn.and_then(|turn| Some((turn.before, turn.after?)));
        let (from, after) = ends.ok_or_else(|| {
            Error::new(
                ErrorKind::NotFound,
                "What this turn changed was not recorded. Look at the whole session.",
            )
        })?;
        Ok(Some(Compared { checkout, from, to: Some(after) }))
    }
}

/// The files whose lines come with the page: not large, and not too many.
fn first(changes: &FileChanges) -> Vec<String> {
    let mut room = LINES_AT_FIRST;
    let fits = |file: &&FileChange| {
        let lines = file.added + file.removed;
        let shown = file.content == FileContent::Text && (1..=LONGEST_AT_FIRST.min(room)).contains(&lines);
        room -= if shown { lines } else { 0 };
        shown
    };
    changes.files.iter().filter(fits).take(FILES_AT_FIRST).map(|file| file.path.clone()).collect()
}

fn decorated(file: &FileChange, mut diff: FileDiff) -> FileDiff {
    diff.hunks.iter_mut().for_each(|hunk| marks::mark(&mut hunk.lines));
    colours::colour(&file.path, &mut diff);
    diff
}

fn unchanged(path: &str) -> Error {
    let sentence = format!("{path} has no lines to show any more. Reload the page.");
    Error::new(ErrorKind::NotFound, sentence)
}

fn check_comment(comment: &ReviewComment) -> Result<(), Error> {
    let plain = comment.id.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if !plain || !(8..=36).contains(&comment.id.len()) {
        return Err(Error::invalid("The id of a comment is 8 to 36 letters and digits."));
    }
    if comment.body.trim().is_empty() {
        return Err(Error::invalid("The comment is empty. Say what the agent should know."));
    }
    if comment.body.len() > LONGEST_COMMENT
        || comment.line_text.len() > LONGEST_LINE
        || comment.path.len() > LONGEST_PATH
    {
        return Err(Error::new(ErrorKind::TooLarge, "This comment is too long: 16 KB fit."));
    }
    Ok(())
}
