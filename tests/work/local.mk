# tests/work
WORK_TESTS = %D%/test_turnstile %D%/test_pool %D%/test_pool_steps %D%/test_stop
check_PROGRAMS += $(WORK_TESTS)
TESTS += $(WORK_TESTS)
WORK_TEST_LIBS = src/work/libwork.a src/core/libcore.a $(BASE_LIBS)
%C%_test_turnstile_SOURCES = %D%/test_turnstile.c tests/support/tap.h
%C%_test_turnstile_LDADD = $(WORK_TEST_LIBS)
%C%_test_pool_SOURCES = %D%/test_pool.c %D%/scene.h tests/core/fixture.h tests/support/tap.h
%C%_test_pool_LDADD = $(WORK_TEST_LIBS)
%C%_test_pool_steps_SOURCES = %D%/test_pool_steps.c %D%/scene.h tests/core/fixture.h tests/support/tap.h
%C%_test_pool_steps_LDADD = $(WORK_TEST_LIBS)
%C%_test_stop_SOURCES = %D%/test_stop.c %D%/scene.h tests/core/fixture.h tests/support/tap.h
%C%_test_stop_LDADD = $(WORK_TEST_LIBS)
