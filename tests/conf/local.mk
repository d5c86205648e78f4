# tests/conf
CONF_TESTS = %D%/test_keys %D%/test_hint %D%/test_value %D%/test_file
check_PROGRAMS += $(CONF_TESTS)
TESTS += $(CONF_TESTS)
CONF_TEST_LIBS = src/conf/libconf.a $(BASE_LIBS) $(INIH_LIBS)
%C%_test_keys_SOURCES = %D%/test_keys.c %D%/fixture.h tests/support/tap.h
%C%_test_keys_LDADD = $(CONF_TEST_LIBS)
%C%_test_hint_SOURCES = %D%/test_hint.c tests/support/tap.h
%C%_test_hint_LDADD = $(CONF_TEST_LIBS)
%C%_test_value_SOURCES = %D%/test_value.c %D%/fixture.h tests/support/tap.h
%C%_test_value_LDADD = $(CONF_TEST_LIBS)
%C%_test_file_SOURCES = %D%/test_file.c %D%/fixture.h tests/support/tap.h
%C%_test_file_LDADD = $(CONF_TEST_LIBS)
