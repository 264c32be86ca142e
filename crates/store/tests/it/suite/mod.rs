//! The suite that every engine must pass. Whoever adds an engine adds one
//! module below, and is done when it passes.

mod devices;
mod entries;
mod gateways;
mod number_races;
mod numbers;
mod races;
mod reads;
mod records;
mod sms;
mod stale;
mod steps;
mod traffic;
mod widget_races;
mod widgets;

/// Makes a test of each case for each engine.
macro_rules! suite {
    ($($module:ident: $($case:ident)*;)*) => {
        mod memory {
            $($(#[test] fn $case() { super::$module::$case(crate::engines::memory); })*)*
        }
        mod sqlite {
            $($(#[test] fn $case() { super::$module::$case(crate::engines::sqlite); })*)*
        }
        mod postgres {
            $($(#[test] fn $case() { super::$module::$case(crate::engines::postgres); })*)*
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
        of_due_messages_those_can_be_asked_for_that_may_be_over
        expired_verifications_are_found_at_their_moment
        the_version_of_the_accounts_grows_with_every_change
        what_is_not_asked_for_is_not_read;
    stale:
        stale_records_are_found_and_forgotten_at_their_moment
        stale_confirmations_and_browsers_are_forgotten_unless_used_since
        an_address_is_stale_when_neither_start_nor_check_came_since
        texts_and_messages_of_clients_are_forgotten_when_they_have_ended;
    numbers:
        confirmations_come_back_as_they_were_put
        a_confirmation_brings_all_that_belongs_to_it
        repeats_are_found_at_their_moment_the_longest_due_first
        trusted_browsers_come_back_and_are_dropped_together
        numbers_are_blocked_for_one_account_until_they_are_unblocked
        addresses_come_back_in_the_order_they_are_asked_for;
    sms:
        messages_of_clients_come_back_as_they_were_put
        due_messages_of_clients_come_by_their_time
        a_message_brings_the_clients_message_and_the_money
        what_became_of_a_message_comes_back_with_its_receipt
        money_comes_back_and_is_never_negative
        a_price_table_replaces_the_one_before
        reports_come_back_until_they_are_dropped
        of_the_reports_of_one_message_only_the_first_is_due;
    gateways:
        names_are_found_by_the_first_form_that_is_known
        early_receipts_wait_for_the_name
        early_receipts_of_a_gateway_are_bounded_and_the_oldest_go
        a_flood_of_early_receipts_stays_within_the_bound
        names_and_early_receipts_are_forgotten_at_their_moment
        kept_messages_are_found_at_their_moment_and_never_due
        only_so_many_kept_messages_are_found_at_a_time
        a_trail_and_its_gateway_come_back
        receipts_of_parts_come_back
        paused_gateways_stay_so_until_they_are_resumed
        the_views_of_gateways_replace_those_before
        a_delivery_brings_the_confirmation_of_its_code;
    devices:
        devices_come_back_as_they_were_put
        devices_are_found_by_any_way_to_their_number_oldest_first
        authenticators_come_back_as_they_were_put
        authenticators_are_read_as_far_as_they_are_asked_for
        a_user_row_counts_the_confirmed_ones
        what_belongs_to_a_user_is_not_put_without_one
        a_removed_user_takes_all_but_the_device_along
        a_removed_device_takes_its_authenticators_out_of_every_count
        prompts_and_recovery_codes_come_back_as_they_were_put
        an_authenticator_is_removed_by_its_full_name;
    entries:
        a_device_shows_the_users_of_its_number_oldest_first
        authenticators_of_device_and_user_come_together
        of_very_many_users_the_oldest_are_shown
        nonces_are_known_until_their_moment
        only_so_many_nonces_are_forgotten_in_one_step
        a_nonce_is_used_by_one_of_those_who_try_at_once
        a_thousand_right_codes_spend_a_step_once;
    widgets:
        settings_come_back_as_they_were_put
        settings_are_read_with_their_account_alone
        settings_count_as_a_change_of_the_accounts
        sessions_come_back_wherever_they_are
        every_notice_comes_back
        traffic_comes_back_as_it_was_put
        sessions_are_forgotten_at_their_moment
        only_so_many_sessions_are_forgotten_in_one_step
        what_a_page_does_is_kept;
    traffic:
        areas_come_back_as_they_were_put
        every_stage_and_rule_comes_back
        an_area_is_put_over_itself_with_and_without_a_hold
        a_release_reaches_every_server_and_outlives_what_they_write
        holds_are_found_until_their_moment
        areas_are_forgotten_at_their_moment
        only_so_many_areas_are_forgotten_in_one_step
        the_verifications_that_users_have_are_told
        a_removed_service_takes_its_areas_along;
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
    number_races:
        a_thousand_starts_of_one_number_make_one_verification
        a_thousand_wrong_codes_for_a_number_make_five_comparisons
        a_thousand_right_codes_for_a_number_make_one_approval
        a_thousand_tries_of_one_repeat_send_it_once
        a_thousand_messages_with_credit_for_a_hundred_take_a_hundred
        a_report_is_claimed_by_one_of_many;
    widget_races:
        of_those_who_open_with_one_nonce_one_gets_a_session
        one_piece_of_work_pays_for_one_message
        a_thousand_right_codes_on_a_page_make_one_answer
        a_thousand_wrong_codes_on_a_page_make_five_comparisons
        an_answer_is_confirmed_to_one_of_many;
}
