# tests/conf
CONF_TESTS = %D%/test_keys %D%/test_hint %D%/test_value %D%/test_section %D%/test_file %D%/test_loader \
	%D%/test_check %D%/test_config %D%/test_dump %D%/test_diff %D%/test_describe
check_PROGRAMS += $(CONF_TESTS)
TESTS += $(CONF_TESTS)
CONF_TEST_LIBS = src/conf/libconf.a $(BASE_LIBS) $(INIH_LIBS)
%C%_test_keys_SOURCES = %D%/test_keys.c %D%/fixture.h tests/support/tap.h
%C%_test_keys_LDADD = $(CONF_TEST_LIBS)
%C%_test_hint_SOURCES = %D%/test_hint.c tests/support/tap.h
%C%_test_hint_LDADD = $(CONF_TEST_LIBS)
%C%_test_value_SOURCES = %D%/test_value.c %D%/fixture.h tests/support/tap.h
%C%_test_value_LDADD = $(CONF_TEST_LIBS)
%C%_test_section_SOURCES = %D%/test_section.c %D%/fixture.h tests/support/tap.h
%C%_test_section_LDADD = $(CONF_TEST_LIBS)
%C%_test_file_SOURCES = %D%/test_file.c %D%/fixture.h tests/support/tap.h
%C%_test_file_LDADD = $(CONF_TEST_LIBS)
%C%_test_loader_SOURCES = %D%/test_loader.c %D%/fixture.h tests/support/tap.h
%C%_test_loader_LDADD = $(CONF_TEST_LIBS)
%C%_test_check_SOURCES = %D%/test_check.c %D%/fixture.h tests/support/tap.h
%C%_test_check_LDADD = $(CONF_TEST_LIBS)
%C%_test_config_SOURCES = %D%/test_config.c %D%/fixture.h tests/support/tap.h
%C%_test_config_LDADD = $(CONF_TEST_LIBS)
%C%_test_dump_SOURCES = %D%/test_dump.c %D%/fixture.h tests/support/tap.h
%C%_test_dump_LDADD = $(CONF_TEST_LIBS)
%C%_test_diff_SOURCES = %D%/test_diff.c %D%/fixture.h tests/support/tap.h
%C%_test_diff_LDADD = $(CONF_TEST_LIBS)
%C%_test_describe_SOURCES = %D%/test_describe.c %D%/fixture.h tests/support/tap.h
%C%_test_describe_LDADD = $(CONF_TEST_LIBS)
