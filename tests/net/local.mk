# tests/net

check_PROGRAMS += %D%/test_frame
%C%_test_frame_SOURCES = %D%/test_frame.c %D%/frame_run.h tests/support/tap.h
%C%_test_frame_LDADD = src/net/libnet.a $(BASE_LIBS)
TESTS += %D%/test_frame

check_PROGRAMS += %D%/test_endpoint
%C%_test_endpoint_SOURCES = %D%/test_endpoint.c %D%/endpoint_talk.h tests/support/tap.h
%C%_test_endpoint_LDADD = src/net/libnet.a src/core/libcore.a $(BASE_LIBS) $(EVENT_LIBS)
TESTS += %D%/test_endpoint
