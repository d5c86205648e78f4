# tests/support - what tests of several rooms use.
EXTRA_DIST += %D%/tap.h tests/system/lib.sh

# Preloaded into the daemon; built by the tests that use it.
EXTRA_DIST += %D%/hang.c

# A bounded generator of numbered messages.
check_PROGRAMS += %D%/blast
%C%_blast_SOURCES = %D%/blast.c %D%/blast.h %D%/blast_net.c
%C%_blast_LDADD = $(BASE_LIBS)

# The machine's own stalls.
check_PROGRAMS += %D%/standstill
%C%_standstill_SOURCES = %D%/standstill.c

# The yardstick of the rate.
check_PROGRAMS += %D%/insert_loop
%C%_insert_loop_SOURCES = %D%/insert_loop.c
%C%_insert_loop_CPPFLAGS = $(AM_CPPFLAGS) $(SQLITE_CFLAGS)
%C%_insert_loop_LDADD = $(SQLITE_LIBS)
