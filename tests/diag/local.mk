# tests/diag
DIAG_LIBS = src/diag/libdiag.a src/work/libwork.a src/store/libstore.a src/core/libcore.a $(BASE_LIBS) $(SQLITE_LIBS)

check_PROGRAMS += %D%/test_schedule %D%/test_explore
%C%_test_schedule_SOURCES = %D%/test_schedule.c tests/support/tap.h
%C%_test_schedule_LDADD = $(DIAG_LIBS)
%C%_test_explore_SOURCES = %D%/test_explore.c %D%/scenes.h tests/support/tap.h
%C%_test_explore_LDADD = $(DIAG_LIBS)
check_PROGRAMS += %D%/test_explore_memory
%C%_test_explore_memory_SOURCES = %D%/test_explore_memory.c %D%/ends.h tests/support/tap.h
%C%_test_explore_memory_LDADD = $(DIAG_LIBS)
TESTS += %D%/test_schedule %D%/test_explore %D%/test_explore_memory

check_PROGRAMS += %D%/test_render
%C%_test_render_SOURCES = %D%/test_render.c tests/support/tap.h
%C%_test_render_LDADD = $(DIAG_LIBS)
TESTS += %D%/test_render

dist_check_SCRIPTS += %D%/test_html.sh
TESTS += %D%/test_html.sh

dist_check_SCRIPTS += %D%/test_diagnose.sh
TESTS += %D%/test_diagnose.sh

check_PROGRAMS += %D%/test_cases
%C%_test_cases_SOURCES = %D%/test_cases.c tests/support/tap.h
%C%_test_cases_LDADD = $(DIAG_LIBS)
TESTS += %D%/test_cases

# Kept: the smallest schedule of each failure found.
EXTRA_DIST += tests/schedules/cases.txt

dist_check_SCRIPTS += %D%/test_docs.sh
TESTS += %D%/test_docs.sh
EXTRA_DIST += docs/diagnose.md

check_PROGRAMS += %D%/test_tsan_model
%C%_test_tsan_model_SOURCES = %D%/test_tsan_model.c tests/support/tap.h
%C%_test_tsan_model_LDADD = $(BASE_LIBS)
TESTS += %D%/test_tsan_model

check_PROGRAMS += %D%/test_waits
%C%_test_waits_SOURCES = %D%/test_waits.c tests/support/tap.h
%C%_test_waits_LDADD = $(DIAG_LIBS)
TESTS += %D%/test_waits

check_PROGRAMS += %D%/test_explore_orders
%C%_test_explore_orders_SOURCES = %D%/test_explore_orders.c tests/support/tap.h
%C%_test_explore_orders_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
%C%_test_explore_orders_LDADD = $(DIAG_LIBS)
TESTS += %D%/test_explore_orders

check_PROGRAMS += %D%/test_explore_wakes %D%/test_explore_whole
%C%_test_explore_wakes_SOURCES = %D%/test_explore_wakes.c %D%/ends.h tests/support/tap.h
%C%_test_explore_wakes_LDADD = $(DIAG_LIBS)
%C%_test_explore_whole_SOURCES = %D%/test_explore_whole.c %D%/ends.h tests/support/tap.h
%C%_test_explore_whole_LDADD = $(DIAG_LIBS)
TESTS += %D%/test_explore_wakes %D%/test_explore_whole

dist_check_SCRIPTS += %D%/test_same_object.sh
TESTS += %D%/test_same_object.sh

dist_check_SCRIPTS += %D%/test_self.sh
TESTS += %D%/test_self.sh
