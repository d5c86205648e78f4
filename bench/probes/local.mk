# bench/probes - questions that one number answers: latency, stalls, idling, bytes, growth, the price of the debug log.
check_PROGRAMS += %D%/reader
%C%_reader_SOURCES = %D%/reader.c %D%/reader.h %D%/reader_watch.c
%C%_reader_CPPFLAGS = $(AM_CPPFLAGS) $(SQLITE_CFLAGS)
%C%_reader_LDADD = $(SQLITE_LIBS)

PROBES = %D%/latency.sh %D%/stall.sh %D%/idle.sh %D%/bytes.sh %D%/growth.sh %D%/debug.sh
EXTRA_DIST += $(PROBES) %D%/probe.sh %D%/profile.sh %D%/sync_time.c docs/performance.md

# The same at length: 50 million rows need 10 GB of disk and a quarter of an hour. GROWTH_DIR keeps the large store.
.PHONY: bench-growth
bench-growth: all $(bench_programs)
	mkdir -p bench/results
	GROWTH_SIZES="$${GROWTH_SIZES:-1 10 50}" GROWTH_LIMIT="$${GROWTH_LIMIT:-3000}" top_srcdir=$(abs_top_srcdir) \
		top_builddir=$(abs_top_builddir) $(BASH) $(srcdir)/%D%/growth.sh > bench/results/24-growth.jsonl
	$(bench_run) --report
