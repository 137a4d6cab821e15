//! Which test attacks which promise. The attacks through the agent's own shell tell of themselves, see `server/tests/it/attacks`.

/// A promise, and the test that attacks it: its module and name.
pub(super) struct Line {
    pub(super) threat: &'static str,
    pub(super) attack: &'static str,
    pub(super) test: &'static str,
}

const fn line(threat: &'static str, attack: &'static str, test: &'static str) -> Line {
    Line { threat, attack, test }
}

/// The test whose output holds a line for each of its own attacks.
pub(super) const OF_THE_AGENT: &str = "attacks::an_agent_that_attacks_gets_nothing";

pub(super) const LINES: &[Line] = &[
    line(
        "configuration as code",
        "run a repository's plugins and MCP servers, change providers and permissions",
        "repository::what_a_repository_brings_is_told_and_nothing_of_it_is_run",
    ),
    line(
        "configuration as code",
        "have a trusted one ask its own model",
        "repository::what_is_trusted_runs_and_asks_the_model_where_we_say",
    ),
    line(
        "configuration as code",
        "put a link or a pipe where it is covered",
        "hidden::a_link_is_put_aside_and_comes_back",
    ),
    line(
        "configuration as code",
        "put something else in the way",
        "hidden::what_an_agent_puts_in_the_way_stops_nothing",
    ),
    line(
        "configuration as code",
        "have a commit lose what is covered",
        "hidden::the_agents_git_leaves_alone_what_the_agent_does_not_see",
    ),
    line(
        "configuration as code",
        "bring some by an update from the base",
        "trust::what_the_base_brings_is_hidden_before_the_next_prompt",
    ),
    line(
        "configuration as code",
        "start beside it without walls",
        "trust::without_walls_the_agent_does_not_start_beside_it",
    ),
    line(
        "all of the machine",
        "a memory bomb, a fork bomb, a full disk, 100,000 files, each beside a session that must answer",
        "limits::whoever_takes_all_of_the_machine_gets_a_line_and_others_an_answer",
    ),
    line(
        "all of the machine",
        "take memory in a job",
        "limits::a_job_that_takes_too_much_memory_is_killed_and_counted",
    ),
    line(
        "all of the machine",
        "fork while others work",
        "limits::a_fork_bomb_ends_at_the_limit_while_others_work",
    ),
    line(
        "all of the machine",
        "take the keeper along",
        "limits::an_agent_is_in_its_sessions_group_and_its_keeper_is_not",
    ),
    line(
        "all of the machine",
        "outgrow its disk",
        "limits::a_session_that_outgrows_its_disk_is_stopped_and_can_tidy_up",
    ),
    line(
        "all of the machine",
        "take more where no control group holds it",
        "limits::memory_and_processes_are_looked_after_where_nobody_holds_them",
    ),
    line(
        "all of the machine",
        "print without an end",
        "limits::an_output_without_an_end_is_cut_and_the_session_goes_on",
    ),
    line(
        "all of the machine",
        "let a turn run on and on",
        "limits::a_turn_that_takes_too_long_is_stopped_and_the_next_one_is_answered",
    ),
    line(
        "all of the machine",
        "undo a turn that outgrew its disk, and go on",
        "limits::a_turn_that_was_stopped_for_its_disk_is_undone_and_work_goes_on",
    ),
    line(
        "all of the money",
        "use more tokens, or dollars, than a person may in a day",
        "spending::a_turn_that_uses_up_the_day_is_stopped_and_what_is_typed_next_is_kept",
    ),
    line(
        "all of the money",
        "have more waiting, and start the server anew",
        "spending::what_waits_says_until_when_and_is_sent_as_soon_as_it_may",
    ),
    line(
        "all of the machine",
        "begin sessions without end",
        "limits::who_has_as_many_sessions_as_they_may_is_told_so",
    ),
    line(
        "weak walls",
        "start with walls that let something through",
        "walls::the_self_test_finds_what_it_can_reach",
    ),
    line(
        "weak walls",
        "outlive the walls, whoever is killed",
        "walls::nothing_behind_the_walls_survives_whoever_is_killed",
    ),
    line(
        "weak walls",
        "read through a folder of the host that was left open",
        "landlock::through_a_hole_in_the_walls_nothing_is_read",
    ),
    line(
        "weak walls",
        "write, signal and call outside where there is Landlock alone",
        "landlock::alone_it_keeps_writes_signals_and_sockets_inside",
    ),
    line("weak walls", "leave processes behind", "walls::what_a_job_started_ends_with_it"),
    line("weak walls", "learn anything of the outside", "walls::the_inside_learns_nothing_of_the_outside"),
    line(
        "weak walls",
        "fill /tmp and shared memory, write endless files",
        "walls::what_is_behind_walls_has_limits",
    ),
    line(
        "the host's network",
        "reach a machine that is not allowed, or no longer",
        "walls::other_machines_are_reached_as_the_rules_say",
    ),
    line(
        "the host's network",
        "reach a machine that is not allowed by curl, git, npm, pip and cargo",
        "clients::the_usual_clients_reach_what_is_allowed_and_say_what_is_not",
    ),
    line(
        "the host's network",
        "reach what is near, in eight spellings",
        "walls::what_is_near_is_refused_whatever_the_rules_say",
    ),
    line("the key of the model", "find it anywhere but at the provider", "gateway::the_key_is_nowhere_else"),
    line("the key of the model", "use the gateway without its token", "gateway::only_the_token_opens_it"),
    line(
        "secrets of the server",
        "find any in processes, files, database, pages, logs",
        "canary::no_secret_comes_where_it_has_no_business",
    ),
    line(
        "git without trust",
        "run what a checkout is configured with",
        "hostile::nothing_a_checkout_is_configured_with_is_run",
    ),
    line(
        "git without trust",
        "run what a source is configured with",
        "hostile::nothing_a_source_is_configured_with_is_run",
    ),
    line(
        "git without trust",
        "hand over a bundle that is a link, or broken",
        "hostile::a_bundle_that_is_a_link_or_broken_is_not_read",
    ),
    line(
        "git without trust",
        "have a restore write through a link",
        "hostile::a_restore_writes_through_no_link_and_not_outside",
    ),
    line(
        "git without trust",
        "hide a change by attributes",
        "hostile::a_change_is_read_and_discarded_and_runs_nothing_and_no_attribute_hides_it",
    ),
    line(
        "git without trust",
        "have a checkpoint run something",
        "hostile::a_checkpoint_runs_nothing_and_is_exact_whatever_the_attributes_say",
    ),
    line(
        "git without trust",
        "bring a repository inside the repository",
        "hostile::a_repository_inside_is_delivered_as_a_link_and_runs_nothing",
    ),
    line(
        "git without trust",
        "write a branch that is not Slipway's",
        "delivery::only_branches_of_ours_are_written",
    ),
    line(
        "hostile archives",
        "unpack outside of the folder",
        "damage::an_archive_writes_nothing_outside_of_its_folder",
    ),
    line("other people", "use any address without the right to", "rights::each_address_knows_who_may_use_it"),
    line("other people", "open somebody else's session", "refusals::a_session_of_somebody_else_is_nowhere"),
    line(
        "other people",
        "keep a repository after it was taken away",
        "access::who_loses_a_repository_is_out_by_every_address",
    ),
    line(
        "other people",
        "keep a socket open after it",
        "access::an_open_page_is_told_when_its_repository_is_lost",
    ),
    line("other sites", "write from another origin", "addresses::writes_come_from_our_own_pages"),
    line(
        "other sites",
        "open a socket from another origin",
        "sockets::sockets_are_for_members_from_our_own_pages",
    ),
    line(
        "other sites",
        "point another name here (DNS rebinding)",
        "addresses::our_own_address_is_the_only_one",
    ),
    line(
        "other sites",
        "frame a page, or have it load from elsewhere",
        "addresses::every_answer_says_what_a_browser_may_do",
    ),
    line(
        "other sites",
        "lead somebody to another site after signing in",
        "devices::nobody_is_led_to_another_site",
    ),
    line(
        "sign-in",
        "use a cookie from before the sign-in, or another server's",
        "sign_in::the_cookie_is_for_this_server_only_and_new_at_each_sign_in",
    ),
    line(
        "sign-in",
        "come back with a page of GitHub that was read too long",
        "devices::who_reads_githubs_page_for_too_long_begins_again",
    ),
    line(
        "sign-in",
        "stay after being signed out elsewhere",
        "devices::a_device_that_was_signed_out_is_out_at_once_with_what_it_had_open",
    ),
    line("sign-in", "be the local user through a proxy", "sign_in::nobody_is_local_behind_a_proxy"),
    line("sign-in", "guess the set-up code", "setup::who_guesses_the_code_finds_nothing_and_has_to_wait"),
    line(
        "too much",
        "ask too often from one address",
        "rates::one_address_may_ask_so_often_and_another_as_often",
    ),
    line("too much", "ask too often as one person", "rates::a_person_is_counted_wherever_they_are"),
    line("too much", "guess", "rates::guesses_are_counted_more_strictly"),
    line("too much", "open sockets without end", "rates::one_person_has_so_many_sockets"),
    line("too much", "send headers without end", "rates::headers_have_an_end"),
    line(
        "too much",
        "send what is too large, announced or not",
        "addresses::what_is_too_large_is_refused_announced_or_not",
    ),
    line("too much", "speak on a socket that only listens", "sockets::who_speaks_out_of_turn_is_cut_off"),
    line(
        "too much",
        "take nothing from a socket",
        "bounds::who_takes_nothing_is_cut_and_comes_back_to_everything",
    ),
    line("too much", "print 50 MB", "bounds::of_an_output_of_50_mb_a_bounded_part_is_kept"),
    line("hostile content", "say HTML in Markdown", "raw_html_is_text"),
    line("hostile content", "link to script", "links_lead_outside_or_nowhere"),
    line(
        "hostile content",
        "have an image loaded from elsewhere",
        "images_are_links_because_nothing_is_loaded",
    ),
    line(
        "hostile content",
        "print HTML and commands for a terminal",
        "conversation::ansi::tests::output_is_escaped",
    ),
    line(
        "hostile content",
        "print commands for a terminal",
        "conversation::ansi::tests::other_sequences_vanish",
    ),
    line(
        "secrets of the server",
        "print a secret, whole or in pieces",
        "scrub::tests::cutting_a_text_changes_nothing",
    ),
    line(
        "secrets of the server",
        "print a secret of a known shape",
        "scrub::tests::secrets_are_taken_out_and_named",
    ),
    line(
        "secrets of the server",
        "open one with another's name",
        "vault::tests::a_secret_is_opened_by_its_own_key_for_its_own_person_and_kind",
    ),
    line(
        "too much",
        "say that it comes from elsewhere",
        "config::proxies::tests::only_trusted_proxies_say_where_a_request_comes_from",
    ),
    line(
        "what was deleted",
        "find anything of a deleted session",
        "deletion::a_deleted_session_leaves_nothing",
    ),
    line(
        "what was deleted",
        "find anything of one deleted from the archive",
        "deletion::a_session_deleted_from_the_archive_leaves_nothing_either",
    ),
    line(
        "two servers",
        "write as one that was paused and replaced",
        "fencing::sqlite::a_paused_owner_in_mid_turn_does_no_harm",
    ),
];
