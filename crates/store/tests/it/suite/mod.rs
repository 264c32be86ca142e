//! The suite that every engine must pass. Whoever adds an engine adds one
//! module below, and is done when it passes.

mod races;
mod reads;
mod records;
mod steps;

/// Makes a test of each case for each engine.
macro_rules! suite {
    ($($module:ident: $($case:ident)*;)*) => {
        mod memory {
            $($(#[test] fn $case() { super::$module::$case(crate::engines::memory); })*)*
        }
        mod sqlite {
            $($(#[test] fn $case() { super::$module::$case(crate::engines::sqlite); })*)*
        }
    };
}

suite! {
    records:
        accounts_come_back_as_they_were_put
        services_belong_to_one_account
        users_are_found_by_id_and_by_login
        a_removed_user_takes_verification_and_guard_along
        verifications_come_back_as_they_were_put
        guards_come_back_and_a_clean_one_is_no_row
        sends_come_back_as_they_were_put
        messages_wait_until_they_are_dropped
        the_largest_and_smallest_values_fit;
    reads:
        users_come_in_pages_by_age
        due_messages_come_oldest_first_with_their_verification
        expired_verifications_are_found_at_their_moment
        stale_records_are_found_and_forgotten_at_their_moment
        the_version_of_the_accounts_grows_with_every_change
        what_is_not_asked_for_is_not_read;
    steps:
        a_step_sees_what_the_step_before_it_wrote
        a_refused_step_changes_nothing
        a_failing_write_undoes_its_whole_step
        names_that_must_be_unique_are
        a_panicking_rule_is_one_fault_and_no_change
        a_caller_that_goes_away_stops_nothing
        a_store_that_is_switched_off_answers_so
        a_closed_store_says_so;
    races:
        no_update_is_lost
        a_thousand_wrong_codes_make_five_comparisons
        a_thousand_right_codes_make_one_approval
        right_and_wrong_codes_together_make_at_most_one_approval
        a_thousand_starts_make_one_verification_and_one_message
        a_thousand_creations_of_one_name_make_one;
}
