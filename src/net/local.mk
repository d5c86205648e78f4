# net - sockets: listening, reading, framing, and the loop of their own thread.
noinst_LIBRARIES += %D%/libnet.a
%C%_libnet_a_SOURCES = \
	%D%/endpoint.c %D%/endpoint.h %D%/endpoint_file.c %D%/endpoint_file.h \
	%D%/frame.c %D%/frame.h
%C%_libnet_a_CPPFLAGS = $(AM_CPPFLAGS) $(EVENT_CFLAGS)
