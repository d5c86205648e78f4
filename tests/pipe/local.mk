# tests/pipe - translation, answers, and the whole wired up in this process.
PIPE_TESTS = %D%/test_plan %D%/test_answers %D%/test_pipeline %D%/test_tune
check_PROGRAMS += $(PIPE_TESTS)
TESTS += $(PIPE_TESTS)
PIPE_TEST_LIBS = src/pipe/libpipe.a src/net/libnet.a src/work/libwork.a src/store/libstore.a src/core/libcore.a \
	src/conf/libconf.a $(BASE_LIBS) $(EVENT_LIBS) $(SQLITE_LIBS) $(INIH_LIBS)
PIPE_RIG = %D%/rig.c %D%/rig.h tests/support/tap.h
PIPE_TEST_CPPFLAGS = $(AM_CPPFLAGS) $(SQLITE_CFLAGS)

%C%_test_plan_SOURCES = %D%/test_plan.c tests/support/tap.h
%C%_test_plan_LDADD = src/pipe/libpipe.a src/core/libcore.a src/conf/libconf.a $(BASE_LIBS) $(INIH_LIBS)

# net_answer is the test's own.
%C%_test_answers_SOURCES = %D%/test_answers.c tests/support/tap.h
%C%_test_answers_LDADD = src/pipe/libpipe.a src/core/libcore.a $(BASE_LIBS)

%C%_test_pipeline_SOURCES = %D%/test_pipeline.c $(PIPE_RIG)
%C%_test_pipeline_CPPFLAGS = $(PIPE_TEST_CPPFLAGS)
%C%_test_pipeline_LDADD = $(PIPE_TEST_LIBS)

%C%_test_tune_SOURCES = %D%/test_tune.c $(PIPE_RIG)
%C%_test_tune_CPPFLAGS = $(PIPE_TEST_CPPFLAGS)
%C%_test_tune_LDADD = $(PIPE_TEST_LIBS)
