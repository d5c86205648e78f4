# tests/core
CORE_TESTS = %D%/test_batch %D%/test_ledger %D%/test_stats %D%/test_gate %D%/test_take
check_PROGRAMS += $(CORE_TESTS)
TESTS += $(CORE_TESTS)
CORE_TEST_LIBS = src/core/libcore.a $(BASE_LIBS)
%C%_test_batch_SOURCES = %D%/test_batch.c tests/support/tap.h
%C%_test_batch_LDADD = $(CORE_TEST_LIBS)
%C%_test_ledger_SOURCES = %D%/test_ledger.c %D%/fixture.h tests/support/tap.h
%C%_test_ledger_LDADD = $(CORE_TEST_LIBS)
%C%_test_stats_SOURCES = %D%/test_stats.c tests/support/tap.h
%C%_test_stats_LDADD = $(CORE_TEST_LIBS)
%C%_test_gate_SOURCES = %D%/test_gate.c %D%/fixture.h tests/support/tap.h
%C%_test_gate_LDADD = $(CORE_TEST_LIBS)
%C%_test_take_SOURCES = %D%/test_take.c %D%/fixture.h tests/support/tap.h
%C%_test_take_LDADD = $(CORE_TEST_LIBS)
