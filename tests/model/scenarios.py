"""scenarios - what is explored, and what must come out of it.

An "ok" scenario must be seen to its end without a broken promise. A "hole" has
a rule switched off, where need be with the rules that back it up, and must be
found broken, for the reason given. Where rules back each other up, an ok
scenario shows that one of them alone holds the promise.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from effect_model import EffectModel, ReferenceEffectModel
from explorer import Model
from input_model import InputModel
from lane_model import LaneModel
from lane_state import Faults, Lane, rules_without
from parking_model import ParkingModel
from position_model import PositionModel
from small_model import SmallModel
from stock_model import StockModel
from timer_model import TimerModel

EACH_INPUT_SPEAKS = (1, 1, 1)
SECOND_IS_SILENT = (1, 0, 1)
FIRST_IS_SILENT = (0, 1, 1)
FIRST_SAYS_TWO = (2, 0, 1)


class Scenario(NamedTuple):
    """A model to explore; because is part of the problem a hole must show, empty for ok."""

    name: str
    build: Callable[[], Model]
    because: str
    full_run_only: bool


def lane(
    name: str, faults: Faults, messages: tuple[int, int, int] = EACH_INPUT_SPEAKS, *,
    without: tuple[str, ...] = (), because: str = "", full_run_only: bool = False, watch_cursor: bool = False,
) -> Scenario:
    """A scenario of the lane model."""
    described = Lane(faults, rules_without(*without), messages, watch_cursor)
    return Scenario(name, lambda: LaneModel(described), because, full_run_only)


def small(name: str, model: type[SmallModel], *without: str, because: str = "") -> Scenario:
    """A scenario of a small model."""
    return Scenario(name, lambda: model(*without), because, False)


def lane_oks() -> list[Scenario]:
    """The lane protocol under every fault, and the faults in pairs."""
    return [
        lane("ok-calm", Faults()),
        lane("ok-takeover", Faults(takeover=1)),
        lane("ok-two-takeovers", Faults(takeover=2)),
        lane("ok-takeover-crash", Faults(takeover=1, crash=1), SECOND_IS_SILENT),
        lane("ok-takeover-two-messages", Faults(takeover=1), FIRST_SAYS_TWO),
        lane("ok-lost-answer", Faults(lost_answer=1, limbo=1)),
        lane("ok-lost-answer-takeover", Faults(takeover=1, lost_answer=1, limbo=1), SECOND_IS_SILENT),
        lane("ok-fatal-producer", Faults(fatal=1, crash=1)),
        lane("ok-fatal-producer-takeover", Faults(takeover=1, fatal=1), SECOND_IS_SILENT),
        lane("ok-refused-row", Faults(refused=1, crash=1)),
        lane("ok-lost-tail", Faults(lost_tail=1, consumer_restart=1), watch_cursor=True),
        lane("ok-lost-tail-twice", Faults(lost_tail=2, consumer_restart=1)),
        lane("ok-lost-tail-crash", Faults(lost_tail=1, crash=1)),
        lane("ok-lost-tail-takeover", Faults(takeover=1, lost_tail=1), SECOND_IS_SILENT, watch_cursor=True),
        lane("ok-lost-tail-fatal", Faults(lost_tail=1, fatal=1), SECOND_IS_SILENT),
        lane("ok-deleted", Faults(deleted=1)),
        lane("ok-deleted-twice", Faults(deleted=2)),
        lane("ok-deleted-crash", Faults(deleted=1, crash=1), SECOND_IS_SILENT),
        lane("ok-deleted-takeover", Faults(takeover=1, deleted=1), SECOND_IS_SILENT),
        lane("ok-restore", Faults(restore=1)),
        lane("ok-restore-twice", Faults(restore=2), SECOND_IS_SILENT),
        lane("ok-restore-crash", Faults(restore=1, crash=1), SECOND_IS_SILENT),
    ]


def lane_backups() -> list[Scenario]:
    """Rules that are backed up: without one of them the promise still holds."""
    lost = Faults(takeover=1, lost_answer=1, limbo=1)
    return [
        lane("ok-holder-alone", lost, SECOND_IS_SILENT, without=("version_in_fence",)),
        lane("ok-version-alone", Faults(takeover=1, lost_answer=1), SECOND_IS_SILENT, without=("holder_in_fence",)),
        lane("ok-outbox-key-alone", Faults(takeover=1), without=("holder_in_fence", "version_in_fence")),
        lane("ok-unbroken-cursor-alone", Faults(refused=1), without=("gapless_producer", "resend_on_gap")),
        lane("ok-gapless-alone", Faults(refused=1), without=("cursor_unbroken", "resend_on_gap")),
        lane("ok-stored-cursor-alone", Faults(lost_tail=1, crash=1), without=("asked_until_filled",)),
        lane("ok-asking-alone", Faults(lost_tail=1, crash=1), without=("resend_moves_stored_cursor",)),
    ]


def lane_full() -> list[Scenario]:
    """Larger searches for the full run."""
    return [
        lane("ok-three-takeovers", Faults(takeover=3), full_run_only=True),
        lane("ok-two-takeovers-crash", Faults(takeover=2, crash=1), SECOND_IS_SILENT, full_run_only=True),
        lane("ok-all-lost-answer-takeover", Faults(takeover=1, lost_answer=1, limbo=1), full_run_only=True),
        lane("ok-all-fatal-takeover", Faults(takeover=1, fatal=1), full_run_only=True),
        lane("ok-all-fatal-lost-tail", Faults(lost_tail=1, fatal=1), full_run_only=True),
        lane("ok-all-lost-tail-takeover", Faults(takeover=1, lost_tail=1), full_run_only=True, watch_cursor=True),
        lane("ok-all-restore-crash", Faults(restore=1, crash=1), full_run_only=True),
        lane("ok-restore-takeover", Faults(restore=1, takeover=1), full_run_only=True),
        lane("ok-restore-lost-tail", Faults(restore=1, lost_tail=1), SECOND_IS_SILENT, full_run_only=True),
        lane("ok-restore-lost-tail-first", Faults(restore=1, lost_tail=1), FIRST_IS_SILENT, full_run_only=True),
        lane("ok-lost-answer-crash-takeover", Faults(takeover=1, crash=1, lost_answer=1, limbo=1), SECOND_IS_SILENT,
             full_run_only=True),
        lane("ok-lost-answer-lost-tail", Faults(lost_tail=1, lost_answer=1, limbo=1), full_run_only=True),
        lane("ok-lost-answer-restore", Faults(restore=1, lost_answer=1, limbo=1), SECOND_IS_SILENT,
             full_run_only=True),
        lane("ok-fatal-crash-lost-tail", Faults(lost_tail=1, crash=1, fatal=1), SECOND_IS_SILENT,
             full_run_only=True),
        lane("ok-fatal-crash-takeover", Faults(takeover=1, crash=1, fatal=1), SECOND_IS_SILENT, full_run_only=True),
        lane("ok-lost-tail-crash-takeover", Faults(takeover=1, crash=1, lost_tail=1), SECOND_IS_SILENT,
             full_run_only=True),
        lane("ok-fatal-restore", Faults(restore=1, fatal=1), SECOND_IS_SILENT, full_run_only=True),
    ]


def lane_fence_holes() -> list[Scenario]:
    """Rules of the lease and the batch."""
    takeover, twice = Faults(takeover=1), "handled twice"
    return [
        lane("hole-fence-before-transaction", takeover, SECOND_IS_SILENT,
             without=("fence_in_transaction",), because=twice),
        lane("hole-no-fence", takeover, SECOND_IS_SILENT,
             without=("holder_in_fence", "version_in_fence"), because=twice),
        lane("hole-no-fence-no-outbox-key", takeover,
             without=("holder_in_fence", "version_in_fence", "outbox_key"), because=twice),
        lane("hole-state-read-before-holder", takeover, SECOND_IS_SILENT,
             without=("state_read_after_holder",), because=twice),
        lane("hole-blind-retry", Faults(lost_answer=1), SECOND_IS_SILENT,
             without=("retake_after_lost_answer",), because=twice),
        lane("hole-restore-same-generation", Faults(restore=1), without=("new_generation",), because="lost"),
        lane("hole-restore-owner-goes-on", Faults(restore=1),
             without=("owners_ask_timeline",), because="was handled"),
        lane("hole-generation-without-predecessor", Faults(restore=1, lost_tail=1), SECOND_IS_SILENT,
             without=("generation_names_predecessor",), because="lost"),
    ]


def lane_stream_holes() -> list[Scenario]:
    """Rules of the outbox, the cursor and the consumer."""
    tail = Faults(lost_tail=1)
    return [
        lane("hole-cursor-unfenced", tail._replace(takeover=1), watch_cursor=True,
             without=("cursor_fenced",), because="cursor"),
        lane("hole-cursor-broken-prefix", Faults(refused=1),
             without=("cursor_unbroken", "gapless_producer", "resend_on_gap"), because="lost"),
        lane("hole-no-compare-at-taking", tail._replace(crash=1), without=("compare_at_taking",), because="lost"),
        lane("hole-no-compare-at-new-producer", tail._replace(fatal=1),
             without=("compare_at_new_producer",), because="lost"),
        lane("hole-no-compare-at-reconnection", tail, without=("compare_at_reconnection",), because="lost"),
        lane("hole-no-resend", tail, without=("resend_on_gap",), because="lost"),
        lane("hole-asked-once-from-memory", tail._replace(crash=1),
             without=("asked_until_filled", "resend_moves_stored_cursor"), because="lost"),
        lane("hole-gap-not-stored", tail._replace(consumer_restart=1), without=("gap_stored",), because="lost"),
        lane("hole-silent-end", Faults(deleted=1), without=("ask_where_silent",), because="lost"),
        lane("hole-record-not-verified", tail._replace(crash=1), without=("verify_record",), because="lost"),
    ]


def small_scenarios() -> list[Scenario]:
    """Requests, timers, parking and inputs between lanes."""
    late, twice, order = "written in time", "applied twice", "out of order"
    return [
        small("ok-request-position", PositionModel),
        small("hole-position-not-verified", PositionModel, "verify_record", because="never read"),
        small("hole-position-by-content", PositionModel, "by_append_time", because="never read"),
        small("ok-timer", TimerModel),
        small("hole-timer-ignores-backlog", TimerModel, "waits_for_backlog", because=late),
        small("hole-timer-old-end", TimerModel, "end_seen_after_due", because=late),
        small("hole-timer-one-topic", TimerModel, "all_topics", because=late),
        small("hole-timer-ignores-gap", TimerModel, "waits_for_gap", because=late),
        small("hole-timer-ignores-parked", TimerModel, "waits_for_parked", because=late),
        small("ok-parking", ParkingModel),
        small("hole-parking-stops-lane", ParkingModel, "lane_goes_on", because="stands"),
        small("hole-parking-later-overtakes", ParkingModel, "later_park_behind", because=order),
        small("hole-parking-result-overtakes", ParkingModel, "results_park_too", because="result"),
        small("hole-parking-keys-forgotten", ParkingModel, "keys_loaded_at_taking", because="result"),
        small("hole-parking-any-order", ParkingModel, "redriven_in_order", because=order),
        small("hole-parking-after-offset", ParkingModel, "parked_with_offset", because=order),
        small("hole-parking-deleted-later", ParkingModel, "deleted_with_effect", because=twice),
        small("ok-input", InputModel),
        small("ok-input-fence-alone", InputModel, "raises_if_gone"),
        small("ok-input-raise-alone", InputModel, "fence"),
        small("hole-input-unguarded", InputModel, "fence", "raises_if_gone", because=twice),
        small("hole-input-before-offset", InputModel, "written_with_offset", because=twice),
        small("hole-input-deleted-later", InputModel, "deleted_with_effect", because=twice),
        small("hole-input-foreign-writer", InputModel, "applied_by_owner", because="a gap that no fault made"),
    ]


def resource_scenarios() -> list[Scenario]:
    """Stock rows and calls to the outside."""
    charged, left = "charged twice", "left on a canceled order"
    return [
        small("ok-stock", StockModel),
        small("hole-stock-unsorted-locks", StockModel, "sorted_locks", because="deadlock"),
        small("hole-stock-unlocked-read", StockModel, "read_under_lock", because="oversold"),
        small("hole-stock-no-idle-timeout", StockModel, "idle_timeout", because="cannot go on"),
        small("hole-stock-nothing-owed", StockModel, "owed_booked", because="oversold"),
        small("hole-stock-owed-for-ever", StockModel, "give_back", because="still owes"),
        small("ok-effect-keyed", EffectModel),
        small("ok-effect-by-reference", ReferenceEffectModel),
        small("ok-effect-waiting-alone", ReferenceEffectModel, "closing_fenced"),
        small("hole-effect-new-key", EffectModel, "same_key", because=charged),
        small("hole-effect-called-before-row", EffectModel, "row_before_call", because=charged),
        small("hole-effect-not-waiting", ReferenceEffectModel, "waits_before_asking", because=charged),
        small("hole-effect-not-asking", ReferenceEffectModel, "asks_outcome", because=charged),
        small("hole-effect-compensation-hurries", EffectModel, "compensation_waits", because=left),
        small("hole-effect-closed-twice", EffectModel, "closing_fenced", "waits_before_asking",
              because="stated twice"),
    ]


def all_scenarios() -> list[Scenario]:
    """Everything, in the order of the table."""
    return [
        *lane_oks(), *lane_backups(), *lane_full(), *lane_fence_holes(), *lane_stream_holes(),
        *small_scenarios(), *resource_scenarios()]
