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

check_PROGRAMS += %D%/test_dgram
%C%_test_dgram_SOURCES = %D%/test_dgram.c $(NET_RIG)
%C%_test_dgram_LDADD = $(NET_TEST_LIBS)
TESTS += %D%/test_dgram

check_PROGRAMS += %D%/test_answer
%C%_test_answer_SOURCES = %D%/test_answer.c $(NET_RIG)
%C%_test_answer_LDADD = $(NET_TEST_LIBS)
TESTS += %D%/test_answer

check_PROGRAMS += %D%/test_accept
%C%_test_accept_SOURCES = %D%/test_accept.c $(NET_RIG)
%C%_test_accept_LDADD = $(NET_TEST_LIBS)
TESTS += %D%/test_accept

check_PROGRAMS += %D%/test_drain
%C%_test_drain_SOURCES = %D%/test_drain.c $(NET_RIG)
%C%_test_drain_LDADD = $(NET_TEST_LIBS)
TESTS += %D%/test_drain

check_PROGRAMS += %D%/test_endpoint
%C%_test_endpoint_SOURCES = %D%/test_endpoint.c %D%/endpoint_talk.h %D%/few_fds.h tests/support/tap.h
%C%_test_endpoint_LDADD = $(NET_TEST_LIBS)
TESTS += %D%/test_endpoint

check_PROGRAMS += %D%/test_endpoint_client
%C%_test_endpoint_client_SOURCES = %D%/test_endpoint_client.c %D%/endpoint_talk.h tests/support/tap.h
%C%_test_endpoint_client_LDADD = $(NET_TEST_LIBS)
TESTS += %D%/test_endpoint_client

check_PROGRAMS += %D%/test_pause
%C%_test_pause_SOURCES = %D%/test_pause.c $(NET_RIG)
%C%_test_pause_LDADD = $(NET_TEST_LIBS)
TESTS += %D%/test_pause

check_PROGRAMS += %D%/test_sock
%C%_test_sock_SOURCES = %D%/test_sock.c tests/support/tap.h
%C%_test_sock_LDADD = $(NET_TEST_LIBS)
TESTS += %D%/test_sock

check_PROGRAMS += %D%/test_peers
%C%_test_peers_SOURCES = %D%/test_peers.c tests/support/tap.h
%C%_test_peers_LDADD = $(NET_TEST_LIBS)
TESTS += %D%/test_peers

check_PROGRAMS += %D%/test_listen
%C%_test_listen_SOURCES = %D%/test_listen.c $(NET_RIG)
%C%_test_listen_LDADD = $(NET_TEST_LIBS)
TESTS += %D%/test_listen

check_PROGRAMS += %D%/test_heir
%C%_test_heir_SOURCES = %D%/test_heir.c $(NET_RIG)
%C%_test_heir_LDADD = $(NET_TEST_LIBS)
TESTS += %D%/test_heir

check_PROGRAMS += %D%/test_http
%C%_test_http_SOURCES = %D%/test_http.c %D%/http_talk.h %D%/endpoint_talk.h %D%/few_fds.h tests/support/tap.h
%C%_test_http_LDADD = $(NET_TEST_LIBS)
TESTS += %D%/test_http

check_PROGRAMS += %D%/test_http_host
%C%_test_http_host_SOURCES = %D%/test_http_host.c tests/support/tap.h
%C%_test_http_host_LDADD = $(NET_TEST_LIBS)
TESTS += %D%/test_http_host

check_PROGRAMS += %D%/test_lull
%C%_test_lull_SOURCES = %D%/test_lull.c tests/support/tap.h
%C%_test_lull_LDADD = src/net/libnet.a $(BASE_LIBS)
TESTS += %D%/test_lull

check_PROGRAMS += %D%/test_turn
%C%_test_turn_SOURCES = %D%/test_turn.c $(NET_RIG)
%C%_test_turn_LDADD = $(NET_TEST_LIBS)
TESTS += %D%/test_turn
