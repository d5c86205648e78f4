# tests/mutants - the proofs of the production code, and changes to that code which they must find.
MUTANTS = \
	%D%/abandon-forgets-held.mut %D%/abandon-keeps-bytes.mut %D%/abandon-silent.mut %D%/abandon-skipped.mut \
	%D%/abandon-stays-open.mut %D%/abandon-uncounted.mut %D%/admitted-for-ever.mut %D%/barrier-under-if.mut \
	%D%/barrier-wakes-one.mut %D%/busy-not-retried.mut %D%/busy-outside-lock.mut %D%/bytes-unchecked.mut \
	%D%/close-forgets-held.mut %D%/close-silent.mut %D%/close-wakes-first.mut %D%/count-outside-lock.mut \
	%D%/done-silent.mut %D%/done-stays-in-line.mut %D%/drain-skipped.mut %D%/drain-unjoined.mut \
	%D%/drain-waits-under-if.mut %D%/enter-keeps-lock.mut %D%/errand-after-close.mut %D%/errand-for-ever.mut \
	%D%/errand-forgotten.mut %D%/errand-silent.mut %D%/errand-stored.mut %D%/evicted-uncounted.mut \
	%D%/evicted-while-read.mut %D%/failure-forgotten.mut %D%/failure-swallowed.mut %D%/first-lane-abandoned.mut \
	%D%/first-lane-closed.mut %D%/first-lane-hurried.mut %D%/flying-takes-no-room.mut \
	%D%/give-up-under-wrong-lock.mut %D%/give-up-unheard.mut %D%/give-up-wakes-first.mut \
	%D%/give-up-without-lock.mut %D%/grace-skipped.mut %D%/hurry-means-deadline.mut %D%/last-of-take-dropped.mut \
	%D%/last-wakes-nobody.mut %D%/leaves-silent.mut %D%/leaves-unlocked.mut %D%/limit-off-by-one.mut \
	%D%/line-ignored.mut %D%/loss-sets-no-deadline.mut %D%/losses-carried-for-ever.mut \
	%D%/losses-told-as-written.mut %D%/offer-reads-flag-unlocked.mut %D%/one-condition-for-two.mut \
	%D%/one-seat.mut %D%/pause-means-give-up.mut %D%/place-lost.mut %D%/poke-remembered.mut %D%/push-silent.mut \
	%D%/queues-left-open.mut %D%/ready-keeps-lock.mut %D%/refused-counts-as-accepted.mut \
	%D%/refused-row-stored.mut %D%/released-early.mut %D%/reset-forgets-held.mut %D%/retrying-for-ever.mut \
	%D%/room-off-by-one.mut %D%/seat-kept.mut %D%/settle-forgets-held.mut %D%/settle-forgets-losses.mut \
	%D%/settle-silent.mut %D%/settle-unlocks-twice.mut %D%/sources-abandon-skipped.mut \
	%D%/sources-given-up-early.mut %D%/sources-unheard.mut %D%/spent-leaks.mut %D%/stored-unsettled.mut \
	%D%/ticket-twice.mut %D%/tickets-ignored.mut %D%/timeout-means-at-work.mut %D%/timeout-means-closed.mut \
	%D%/timeout-means-not-set.mut %D%/turn-kept-on-error.mut %D%/turn-left-early.mut %D%/turn-of-nobody.mut \
	%D%/turn-under-if.mut %D%/waits-under-if.mut %D%/wake-means-work.mut %D%/wakes-wrong-condition.mut \
	%D%/working-outside-lock.mut

check_PROGRAMS += %D%/drive
%C%_drive_SOURCES = %D%/drive.c
%C%_drive_LDADD = $(DIAG_LIBS)
dist_check_SCRIPTS += %D%/test_mutants.sh
TESTS += %D%/test_mutants.sh
EXTRA_DIST += $(MUTANTS) %D%/mutants.sh tests/schedules/mutants.txt

# How this build compiles and links.
%D%/test_mutants.log: %D%/how.sh
CLEANFILES += %D%/how.sh
%D%/how.sh: Makefile
	$(AM_V_at)$(MKDIR_P) %D%
	$(AM_V_GEN){ \
		echo "mutant_compile='$(CC) -DHAVE_CONFIG_H -I. -I$(abs_top_srcdir)/src $(CPPFLAGS) $(CB_CFLAGS) $(CFLAGS)'"; \
		echo "mutant_link='$(CCLD) $(CB_CFLAGS) $(CFLAGS) $(CB_LDFLAGS) $(LDFLAGS)'"; \
		echo "mutant_libs='$(DIAG_LIBS)'"; \
	} > $@

# Looks for the smallest schedule that kills each mutant, and keeps these.
.PHONY: renew-mutants
renew-mutants: all
	RENEW_MUTANTS=1 $(MAKE) $(AM_MAKEFLAGS) check TESTS=%D%/test_mutants.sh
