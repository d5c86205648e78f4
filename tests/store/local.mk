# tests/store - the file, the schema, the writer, runs and readers; and a disk that fails.
STORE_TEST_LIBS = src/store/libstore.a src/core/libcore.a $(BASE_LIBS) $(SQLITE_LIBS)
STORE_TEST_CPPFLAGS = $(AM_CPPFLAGS) -I$(srcdir)/%D% $(SQLITE_CFLAGS)

check_PROGRAMS += %D%/test_file
%C%_test_file_SOURCES = %D%/test_file.c %D%/bench.c %D%/bench.h tests/support/tap.h
%C%_test_file_CPPFLAGS = $(STORE_TEST_CPPFLAGS)
%C%_test_file_LDADD = $(STORE_TEST_LIBS)
TESTS += %D%/test_file

check_PROGRAMS += %D%/test_flow
%C%_test_flow_SOURCES = %D%/test_flow.c %D%/bench.c %D%/bench.h tests/support/tap.h
%C%_test_flow_CPPFLAGS = $(STORE_TEST_CPPFLAGS)
%C%_test_flow_LDADD = $(STORE_TEST_LIBS)
TESTS += %D%/test_flow

check_PROGRAMS += %D%/test_gather
%C%_test_gather_SOURCES = %D%/test_gather.c %D%/bench.c %D%/bench.h tests/support/tap.h
%C%_test_gather_CPPFLAGS = $(STORE_TEST_CPPFLAGS)
%C%_test_gather_LDADD = $(STORE_TEST_LIBS)
TESTS += %D%/test_gather

check_PROGRAMS += %D%/test_db
%C%_test_db_SOURCES = %D%/test_db.c %D%/bench.c %D%/bench.h tests/support/tap.h
%C%_test_db_CPPFLAGS = $(STORE_TEST_CPPFLAGS)
%C%_test_db_LDADD = $(STORE_TEST_LIBS)
TESTS += %D%/test_db

check_PROGRAMS += %D%/test_schema
%C%_test_schema_SOURCES = %D%/test_schema.c %D%/bench.c %D%/bench.h tests/support/tap.h
%C%_test_schema_CPPFLAGS = $(STORE_TEST_CPPFLAGS)
%C%_test_schema_LDADD = $(STORE_TEST_LIBS)
TESTS += %D%/test_schema

check_PROGRAMS += %D%/test_rows
%C%_test_rows_SOURCES = %D%/test_rows.c %D%/bench.c %D%/bench.h tests/support/tap.h
%C%_test_rows_CPPFLAGS = $(STORE_TEST_CPPFLAGS)
%C%_test_rows_LDADD = $(STORE_TEST_LIBS)
TESTS += %D%/test_rows

check_PROGRAMS += %D%/test_writer
%C%_test_writer_SOURCES = %D%/test_writer.c %D%/bench.c %D%/bench.h tests/support/tap.h
%C%_test_writer_CPPFLAGS = $(STORE_TEST_CPPFLAGS)
%C%_test_writer_LDADD = $(STORE_TEST_LIBS)
TESTS += %D%/test_writer

check_PROGRAMS += %D%/test_prune
%C%_test_prune_SOURCES = %D%/test_prune.c %D%/kept.h %D%/bench.c %D%/bench.h tests/support/tap.h
%C%_test_prune_CPPFLAGS = $(STORE_TEST_CPPFLAGS)
%C%_test_prune_LDADD = $(STORE_TEST_LIBS)
TESTS += %D%/test_prune

check_PROGRAMS += %D%/test_keep
%C%_test_keep_SOURCES = %D%/test_keep.c %D%/kept.h %D%/bench.c %D%/bench.h tests/support/tap.h
%C%_test_keep_CPPFLAGS = $(STORE_TEST_CPPFLAGS)
%C%_test_keep_LDADD = $(STORE_TEST_LIBS)
TESTS += %D%/test_keep

check_PROGRAMS += %D%/test_single
%C%_test_single_SOURCES = %D%/test_single.c %D%/bench.c %D%/bench.h tests/support/tap.h
%C%_test_single_CPPFLAGS = $(STORE_TEST_CPPFLAGS)
%C%_test_single_LDADD = $(STORE_TEST_LIBS)
TESTS += %D%/test_single

check_PROGRAMS += %D%/test_run
%C%_test_run_SOURCES = %D%/test_run.c %D%/bench.c %D%/bench.h tests/support/tap.h
%C%_test_run_CPPFLAGS = $(STORE_TEST_CPPFLAGS)
%C%_test_run_LDADD = $(STORE_TEST_LIBS)
TESTS += %D%/test_run

check_PROGRAMS += %D%/test_reader
%C%_test_reader_SOURCES = %D%/test_reader.c %D%/bench.c %D%/bench.h tests/support/tap.h
%C%_test_reader_CPPFLAGS = $(STORE_TEST_CPPFLAGS)
%C%_test_reader_LDADD = $(STORE_TEST_LIBS)
TESTS += %D%/test_reader

check_PROGRAMS += %D%/test_reader_query
%C%_test_reader_query_SOURCES = %D%/test_reader_query.c %D%/bench.c %D%/bench.h tests/support/tap.h
%C%_test_reader_query_CPPFLAGS = $(STORE_TEST_CPPFLAGS)
%C%_test_reader_query_LDADD = $(STORE_TEST_LIBS)
TESTS += %D%/test_reader_query

check_PROGRAMS += %D%/test_reader_rows
%C%_test_reader_rows_SOURCES = %D%/test_reader_rows.c %D%/bench.c %D%/bench.h tests/support/tap.h
%C%_test_reader_rows_CPPFLAGS = $(STORE_TEST_CPPFLAGS)
%C%_test_reader_rows_LDADD = $(STORE_TEST_LIBS)
TESTS += %D%/test_reader_rows

check_PROGRAMS += %D%/test_faults
%C%_test_faults_SOURCES = %D%/test_faults.c %D%/bench.c %D%/bench.h %D%/shim.c %D%/shim.h tests/support/tap.h
%C%_test_faults_CPPFLAGS = $(STORE_TEST_CPPFLAGS)
%C%_test_faults_LDADD = $(STORE_TEST_LIBS)
TESTS += %D%/test_faults

check_PROGRAMS += %D%/test_memory
%C%_test_memory_SOURCES = %D%/test_memory.c %D%/bench.c %D%/bench.h tests/support/tap.h
%C%_test_memory_CPPFLAGS = $(STORE_TEST_CPPFLAGS)
%C%_test_memory_LDADD = $(STORE_TEST_LIBS)
TESTS += %D%/test_memory

check_PROGRAMS += %D%/test_demo
%C%_test_demo_SOURCES = %D%/test_demo.c tests/support/tap.h
%C%_test_demo_CPPFLAGS = $(STORE_TEST_CPPFLAGS)
%C%_test_demo_LDADD = $(STORE_TEST_LIBS)
TESTS += %D%/test_demo

check_PROGRAMS += %D%/test_checkpoint
%C%_test_checkpoint_SOURCES = %D%/test_checkpoint.c %D%/other.h %D%/bench.c %D%/bench.h tests/support/tap.h
%C%_test_checkpoint_CPPFLAGS = $(STORE_TEST_CPPFLAGS)
%C%_test_checkpoint_LDADD = $(STORE_TEST_LIBS)
TESTS += %D%/test_checkpoint

check_PROGRAMS += %D%/test_space
%C%_test_space_SOURCES = %D%/test_space.c %D%/disk.h %D%/bench.c %D%/bench.h tests/support/tap.h
%C%_test_space_CPPFLAGS = $(STORE_TEST_CPPFLAGS)
%C%_test_space_LDADD = $(STORE_TEST_LIBS)
TESTS += %D%/test_space

check_PROGRAMS += %D%/test_space_reader
%C%_test_space_reader_SOURCES = %D%/test_space_reader.c %D%/disk.h %D%/other.h %D%/bench.c %D%/bench.h tests/support/tap.h
%C%_test_space_reader_CPPFLAGS = $(STORE_TEST_CPPFLAGS)
%C%_test_space_reader_LDADD = $(STORE_TEST_LIBS)
TESTS += %D%/test_space_reader
