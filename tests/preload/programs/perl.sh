# SPDX-License-Identifier: BSD-3-Clause
# needs: perl
perl -e '
    use strict; use warnings;
    my %table = map { $_ => "x" x ($_ % 500) } 1 .. 8000;
    $| = 1;
    for my $n (1 .. 12) {
        my $pid = fork // die;
        if ($pid == 0) {
            delete @table{grep { $_ % $n == 0 } keys %table};
            my $text = join ",", map { "$_=" . length $table{$_} } sort { $a <=> $b } keys %table;
            print length $text, "\n";
            exit $n;
        }
        waitpid $pid, 0;
        print "child: ", $? >> 8, "\n";
    }
    my $out = `echo from a child`;
    print $out, scalar(keys %table), "\n";
'
