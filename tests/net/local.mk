# tests/net
NET_TEST_LIBS = src/net/libnet.a src/core/libcore.a $(BASE_LIBS) $(EVENT_LIBS)
NET_RIG = %D%/rig.c %D%/rig.h tests/support/tap.h

check_PROGRAMS += %D%/test_frame
%C%_test_frame_SOURCES = %D%/test_frame.c %D%/frame_run.h tests/support/tap.h
%C%_test_frame_LDADD = src/net/libnet.a $(BASE_LIBS)
TESTS += %D%/test_frame

check_PROGRAMS += %D%/test_stream
%C%_test_stream_SOURCES = %D%/test_stream.c $(NET_RIG)
%C%_test_stream_LDADD = $(NET_TEST_LIBS)
TESTS += %D%/test_stream
