# net - sockets: listening, reading, framing, and the loop of their own thread.
noinst_LIBRARIES += %D%/libnet.a
%C%_libnet_a_SOURCES = \
	%D%/accept.c %D%/accept.h \
	%D%/answer.c %D%/answer.h \
	%D%/conn.c %D%/conn_impl.h \
	%D%/dgram.c %D%/dgram.h \
	%D%/drain.c \
	%D%/endpoint.c %D%/endpoint.h %D%/endpoint_impl.h \
	%D%/endpoint_client.c \
	%D%/endpoint_file.c %D%/endpoint_file.h \
	%D%/frame.c %D%/frame.h \
	%D%/heir.c \
	%D%/http.c %D%/http.h %D%/http_impl.h %D%/http_conn.c %D%/http_reply.c \
	%D%/http_host.c %D%/http_host.h \
	%D%/listen.c %D%/listener.h \
	%D%/loop.c \
	%D%/lull.c %D%/lull.h \
	%D%/net.h %D%/net_impl.h \
	%D%/pause.c \
	%D%/peers.c %D%/peers.h \
	%D%/rcvbuf.c %D%/rcvbuf.h \
	%D%/sock.c %D%/sock.h \
	%D%/source.c %D%/source.h \
	%D%/stream.c %D%/stream.h \
	%D%/turn.c %D%/turn.h
%C%_libnet_a_CPPFLAGS = $(AM_CPPFLAGS) $(EVENT_CFLAGS)
