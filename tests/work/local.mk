# tests/work
WORK_TESTS = %D%/test_turnstile %D%/test_pool
check_PROGRAMS += $(WORK_TESTS)
TESTS += $(WORK_TESTS)
WORK_TEST_LIBS = src/work/libwork.a src/core/libcore.a $(BASE_LIBS)
%C%_test_turnstile_SOURCES = %D%/test_turnstile.c tests/support/tap.h
%C%_test_turnstile_LDADD = $(WORK_TEST_LIBS)
%C%_test_pool_SOURCES = %D%/test_pool.c %D%/scene.h tests/core/fixture.h tests/support/tap.h
%C%_test_pool_LDADD = $(WORK_TEST_LIBS)
