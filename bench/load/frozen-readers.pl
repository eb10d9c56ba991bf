# Readers that ask for a stream and never read, with the smallest receive buffer there is. In Perl, which
# every Debian has, since Node cannot set a socket's buffers.
#
#   perl frozen-readers.pl PORT COUNT REQUEST
use strict;
use warnings;
use Socket qw(AF_INET SOCK_STREAM SOL_SOCKET SO_RCVBUF IPPROTO_TCP TCP_MAXSEG inet_aton sockaddr_in);

# Of an ordinary network, in place of loopback's 64 KB: the sender's buffer grows with it.
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
