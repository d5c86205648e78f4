# tests/base
check_PROGRAMS += %D%/test_err %D%/test_mem %D%/test_clock %D%/test_parse %D%/test_addr
%C%_test_err_SOURCES = %D%/test_err.c tests/support/tap.h
%C%_test_err_LDADD = $(BASE_LIBS)
%C%_test_mem_SOURCES = %D%/test_mem.c tests/support/tap.h
%C%_test_mem_LDADD = $(BASE_LIBS)
%C%_test_clock_SOURCES = %D%/test_clock.c tests/support/tap.h
%C%_test_clock_LDADD = $(BASE_LIBS)
%C%_test_parse_SOURCES = %D%/test_parse.c tests/support/tap.h
%C%_test_parse_LDADD = $(BASE_LIBS)
%C%_test_addr_SOURCES = %D%/test_addr.c tests/support/tap.h
%C%_test_addr_LDADD = $(BASE_LIBS)
TESTS += %D%/test_err %D%/test_mem %D%/test_clock %D%/test_parse %D%/test_addr
