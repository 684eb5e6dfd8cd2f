# SPDX-License-Identifier: BSD-3-Clause
# needs: dot neato fdp circo gvpr gc
{
    echo 'digraph g { node [shape=record, style=filled]; edge [fontsize=8];'
    i=0
    while [ $i -lt 80 ]; do
        echo "n$i [label=\"{node $i|<a> left|<b> right}\", fillcolor=\"/blues9/$((i % 9 + 1))\"];"
        echo "n$i:a -> n$(((i * 7 + 1) % 80)) [label=\"$i\"]; n$i:b -> n$(((i * 3 + 2) % 80));"
        i=$((i + 1))
    done
    echo 'subgraph cluster_c { label=<<b>a</b> <i>cluster</i>>; n1; n2; n3; } }'
} >graph.gv
head -n 50 graph.gv >half.gv
echo '}' >>half.gv
dot -Tsvg graph.gv | sha256sum
dot -Tplain half.gv | tail -n 2
dot -Gsplines=polyline -Tpng half.gv | sha256sum
for layout in neato circo; do
    $layout -Tps half.gv | sha256sum
done
# Where fdp puts things depends on addresses: under the distribution's tcmalloc it varies too.
fdp -Tplain half.gv | cut -d ' ' -f 1,2 | sort | sha256sum
gvpr 'BEG_G { int n; } N { n += degree; } END_G { print(n); }' graph.gv
gc -a graph.gv
if echo 'digraph {' | dot -Tsvg; then exit 1; else echo "status $?"; fi
