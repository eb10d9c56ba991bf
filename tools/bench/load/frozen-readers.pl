# Readers that request a stream and never read it. Each has the smallest possible receive buffer.
# Written in Perl, which every Debian has: Node cannot set the size of a socket's buffers.
#
#   perl frozen-readers.pl PORT COUNT REQUEST
use strict;
use warnings;
use Socket qw(AF_INET SOCK_STREAM SOL_SOCKET SO_RCVBUF IPPROTO_TCP TCP_MAXSEG inet_aton sockaddr_in);

# Segment size of an ordinary network. Loopback's is 64 KB, and the sender's buffer grows with it.
my $SEGMENT_BYTES = 536;

my ($port, $count, $request) = @ARGV;
my @sockets;
for (1 .. $count) {
    socket(my $socket, AF_INET, SOCK_STREAM, 0) or die "socket: $!";
    setsockopt($socket, SOL_SOCKET, SO_RCVBUF, 1) or die "SO_RCVBUF: $!";
    setsockopt($socket, IPPROTO_TCP, TCP_MAXSEG, $SEGMENT_BYTES) or die "TCP_MAXSEG: $!";
    connect($socket, sockaddr_in($port, inet_aton('127.0.0.1'))) or die "connect: $!";
    syswrite($socket, $request) or die "write: $!";
    push @sockets, $socket;
}
sleep;
