# bench/probes - questions that one number answers: latency, stalls, idling, bytes, growth, the price of the debug log.
check_PROGRAMS += %D%/reader
%C%_reader_SOURCES = %D%/reader.c %D%/reader.h %D%/reader_watch.c
%C%_reader_CPPFLAGS = $(AM_CPPFLAGS) $(SQLITE_CFLAGS)
%C%_reader_LDADD = $(SQLITE_LIBS)

PROBES = %D%/latency.sh %D%/stall.sh %D%/idle.sh %D%/bytes.sh %D%/growth.sh %D%/debug.sh
EXTRA_DIST += $(PROBES) %D%/probe.sh %D%/profile.sh
