# tests/perf - what a message may cost: instructions, counted by callgrind, against a stored budget.
PERF_COST = %D%/cost.h %D%/measured.c
PERF_COSTS = %D%/cost_frame %D%/cost_queue %D%/cost_store
check_PROGRAMS += $(PERF_COSTS)
%C%_cost_frame_SOURCES = %D%/cost_frame.c $(PERF_COST)
%C%_cost_frame_LDADD = src/net/libnet.a src/core/libcore.a $(BASE_LIBS) $(EVENT_LIBS)
%C%_cost_queue_SOURCES = %D%/cost_queue.c $(PERF_COST)
%C%_cost_queue_LDADD = src/core/libcore.a $(BASE_LIBS)
%C%_cost_store_SOURCES = %D%/cost_store.c $(PERF_COST)
%C%_cost_store_CPPFLAGS = $(AM_CPPFLAGS) $(SQLITE_CFLAGS)
%C%_cost_store_LDADD = src/store/libstore.a src/core/libcore.a $(BASE_LIBS) $(SQLITE_LIBS)

dist_check_SCRIPTS += %D%/budget.sh
TESTS += %D%/budget.sh
EXTRA_DIST += %D%/budget.txt

# Writes what messages cost now into the budget, for a change that is worth it.
.PHONY: budget
budget: $(PERF_COSTS)
	$(AM_V_at)$(AM_TESTS_ENVIRONMENT) $(BASH) $(srcdir)/%D%/budget.sh --renew
