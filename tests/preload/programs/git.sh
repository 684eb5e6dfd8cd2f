# SPDX-License-Identifier: BSD-3-Clause
# needs: git
export GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_GLOBAL=/dev/null
export GIT_AUTHOR_NAME=A GIT_AUTHOR_EMAIL=a@example.org GIT_AUTHOR_DATE='1700000000 +0000'
export GIT_COMMITTER_NAME=C GIT_COMMITTER_EMAIL=c@example.org
export GIT_COMMITTER_DATE='1700000000 +0000'
git init -q -b main repository
cd repository
for n in 1 2 3; do
    seq 1 $((n * 1000)) >"file $n"
    mkdir -p "folder $n"
    seq $n 7 500 >"folder $n/data"
    git add .
    git commit -q -m "commit $n"
done
git checkout -q -b other HEAD~1
echo more >>"file 1"
git commit -q -a -m other
git merge -q -m merged main
git repack -a -d -q
git gc -q
git log --stat --format='%H %s'
git fsck --strict
git diff HEAD~2 | sha256sum
git archive HEAD | tar t
git blame "file 1" | tail -n 1
